"""Secrets masked by value and by how they look before anything is stored."""

import re
from collections import Counter
from typing import NamedTuple

from netpulse_core.configs.redacting import MASK, Mark, Marks, bare, sanitized
from netpulse_core.runs.known import WORD, KnownSecrets, forms

# A text that was escaped shows a line break as a backslash and a letter, which is no part of the word after it.
_BEGINS = r"(?:(?<!\w)|(?<=\\[abfnrtv])|(?<=\\x[0-9a-f]{2})|(?<=\\u[0-9a-f]{4}))"
_ENDS = r"(?!\w)"
_MARKED = re.compile(re.escape(MASK) + "-[0-9a-f]{10}")


class _Known(NamedTuple):
    pattern: re.Pattern[str]
    secret: str


class Redactor:
    """Takes out of texts the secrets that one job resolved, those that its node knows, and what looks like one.

    Where one was stands a mark under the site's `key`: texts can be compared, and nobody else can guess by it.
    """

    def __init__(self, key: bytes | None = None, node: KnownSecrets | None = None) -> None:
        self._forms: dict[str, _Known] = {}
        self._node = node or KnownSecrets()
        self.mark: Mark = Marks(key)

    def learn(self, value: str) -> str:
        """Remember a secret and return it."""
        found = {
            form: _Known(_pattern(form, len(part)), part)
            for part in (value, *value.splitlines())
            for form in forms(part)
        }
        self._forms = _longest_first(self._forms | found)
        return value

    def recognise(self, text: str, masked: str) -> None:
        """Learn each word of a text whose mark stands in what was masked before, by whoever knew more."""
        marks = set(_MARKED.findall(masked))
        for word in set(text.split()) if marks else ():
            for bare_word in {word, word.strip("\"',;")}:
                if self.mark(bare_word) in marks:
                    self.learn(bare_word)

    def __call__(self, text: str) -> str:
        """Return the text with every secret masked."""
        return sanitized(self.by_value(text), self.mark)

    def by_value(self, text: str) -> str:
        """Return the text with every known secret masked, the longest first."""
        return self._by_value(text, self.mark)

    def blank(self, text: str, found: Counter[str], *, announced: bool = True) -> str:
        """Return the text for strangers, with masks that say nothing, and count in `found` what was masked.

        Without `announced`, only what is known by its value.
        """
        masked = self._by_value(text, bare)
        found["known by value"] += max(0, masked.count(MASK) - text.count(MASK))
        return sanitized(masked, bare, lambda what, _: found.update([what])) if announced else masked

    def _by_value(self, text: str, mark: Mark) -> str:
        known_here = self._forms
        if others := self._node.within(text):
            known_here = _longest_first(
                {form: _Known(re.compile(re.escape(form)), secret) for form, secret in others.items()} | known_here
            )
        for form, known in known_here.items():
            if form in text:  # much quicker than the pattern, and mostly the answer
                text = known.pattern.sub(mark(known.secret), text)
        return text


def _longest_first(known: dict[str, _Known]) -> dict[str, _Known]:
    return {form: known[form] for form in sorted(known, key=len, reverse=True)}


def _pattern(form: str, length: int) -> re.Pattern[str]:
    """Return what finds a form of a secret of this length; a sign at its edge needs no end of a word there."""
    whole = length < WORD
    begins = _BEGINS if whole and re.match(r"\w", form) else ""
    ends = _ENDS if whole and re.search(r"\w\Z", form) else ""
    return re.compile(begins + re.escape(form) + ends)
