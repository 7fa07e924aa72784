"""Secrets masked by value before anything is stored."""

MASK = "********"
SHORTEST = 4
"""Characters below which masking would blot out ordinary text and hide nothing."""


class Redactor:
    """Knows the secrets that one job resolved and takes them out of texts."""

    def __init__(self) -> None:
        self._values: list[str] = []

    def learn(self, value: str) -> str:
        """Remember a secret and return it."""
        # A KeyError, and every repr, shows quotes and backslashes escaped.
        forms = {value, *value.splitlines(), repr(value)[1:-1]}
        known = {*self._values, *(form for form in forms if len(form) >= SHORTEST)}
        self._values = sorted(known, key=len, reverse=True)
        return value

    def __call__(self, text: str) -> str:
        """Return the text with every known secret masked, the longest first."""
        for value in self._values:
            if value in text:
                text = text.replace(value, MASK)
        return text
