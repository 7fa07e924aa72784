"""Secrets masked by value before anything is stored."""

import json
import re

MASK = "********"
SHORTEST = 4
"""Characters below which masking would blot out ordinary text and hide nothing."""
WORD = 8
"""Characters below which a secret is masked only as a whole word: `admin` stands in "administratively down" too."""

# A text that was escaped shows a line break as a backslash and a letter, which is no part of the word after it.
_BEGINS = r"(?:(?<!\w)|(?<=\\[abfnrtv])|(?<=\\x[0-9a-f]{2})|(?<=\\u[0-9a-f]{4}))"
_ENDS = r"(?!\w)"


class Redactor:
    """Knows the secrets that one job resolved and takes them out of texts."""

    def __init__(self) -> None:
        self._forms: dict[str, re.Pattern[str]] = {}

    def learn(self, value: str) -> str:
        """Remember a secret and return it."""
        found = {form: _pattern(form, len(part)) for part in (value, *value.splitlines()) for form in _forms(part)}
        known = self._forms | found
        self._forms = {form: known[form] for form in sorted(known, key=len, reverse=True)}
        return value

    def __call__(self, text: str) -> str:
        """Return the text with every known secret masked, the longest first."""
        for form, pattern in self._forms.items():
            if form in text:  # much quicker than the pattern, and mostly the answer
                text = pattern.sub(MASK, text)
        return text


def _forms(value: str) -> set[str]:
    """Return how a text shows this value: as it is, and escaped as by a KeyError, every repr, and JSON."""
    escaped = (repr(value), json.dumps(value), json.dumps(value, ensure_ascii=False))
    return {form for form in (value, *(one[1:-1] for one in escaped)) if len(form) >= SHORTEST}


def _pattern(form: str, length: int) -> re.Pattern[str]:
    """Return what finds a form of a secret of this length; a sign at its edge needs no end of a word there."""
    whole = length < WORD
    begins = _BEGINS if whole and re.match(r"\w", form) else ""
    ends = _ENDS if whole and re.search(r"\w\Z", form) else ""
    return re.compile(begins + re.escape(form) + ends)
