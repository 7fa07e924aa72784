"""Secrets masked by value before anything is stored."""

MASK = "********"
SHORTEST = 4
"""Characters below which masking would blot out ordinary text and hide nothing."""


class Redactor:
    """Knows the secrets that one job resolved and takes them out of texts."""

    def __init__(self) -> None:
        self._values: set[str] = set()

    def learn(self, value: str) -> str:
        """Remember a secret and return it."""
        if len(value) >= SHORTEST:
            self._values.add(value)
        return value

    def __call__(self, text: str) -> str:
        """Return the text with every known secret masked, the longest first."""
        for value in sorted(self._values, key=len, reverse=True):
            if value in text:
                text = text.replace(value, MASK)
        return text
