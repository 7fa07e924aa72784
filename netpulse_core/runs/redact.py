"""Secrets masked by value and by how they look before anything is stored."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from netpulse_core.configs.redacting import MASK, Mark, Marks, bare, sanitized
from netpulse_core.runs.known import WORD, KnownSecrets
from netpulse_core.runs.spelled import spellings

# A text that was escaped shows a line break as a backslash and a letter, a URL shows a blank as %20: neither is a part
# of the word after it.
_BEGINS = r"(?:(?<!\w)|(?<=\\[abfnrtv])|(?<=\\x[0-9a-f]{2})|(?<=\\u[0-9a-f]{4})|(?<=%[0-9A-F]{2}))"
_ENDS = r"(?!\w)"
_SAID = 4
"""Texts that the redactor of a job remembers having masked: the answer, and the names of its step."""
_MARKED = re.compile(re.escape(MASK) + "-[0-9a-f]{10}")


class _Span(NamedTuple):
    begin: int
    end: int
    secret: str


class Redactor:
    """Takes out of texts the secrets that one job resolved, those that its node knows, and what looks like one.

    Where one was stands a mark under the site's `key`: texts can be compared, and nobody else can guess by it.
    """

    def __init__(self, key: bytes | None = None, node: KnownSecrets | None = None, *, remembers: int = _SAID) -> None:
        """Take the site's key and what its node knows; `remembers` is how many texts it may keep as they were."""
        self._forms: dict[str, str] = {}
        self._node = node or KnownSecrets()
        self.mark: Mark = Marks(key)
        self._learned = 0
        self._remembers = remembers
        self._said: dict[str, tuple[tuple[int, int], str]] = {}
        """The texts that were masked last, and how much was known then: an answer is kept twice."""

    def learn(self, value: str) -> str:
        """Remember a secret and return it."""
        for form, part in spellings(value):
            if form == part or form not in self._forms:  # it may be an escaped form of another one too
                self._forms[form] = part
        self._learned += 1
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
        if not text:
            return text
        known, said = (self._learned, self._node.learned), self._said.get(text)
        if said is None or said[0] != known:
            said = known, sanitized(self.by_value(text), self.mark)
            if len(self._said) >= self._remembers:
                self._said.clear()
            if self._remembers:
                self._said[text] = said
        return said[1]

    def by_value(self, text: str) -> str:
        """Return the text with every known secret masked, and all of those that overlap."""
        return self._by_value(text, self.mark)

    def blank(self, text: str, found: Counter[str], *, announced: bool = True) -> str:
        """Return the text for strangers, with masks that say nothing, and count in `found` what was masked.

        Without `announced`, only what is known by its value.
        """
        masked = self._by_value(text, bare)
        found["known by value"] += max(0, masked.count(MASK) - text.count(MASK))
        return sanitized(masked, bare, lambda what, _: found.update([what])) if announced else masked

    def _by_value(self, text: str, mark: Mark) -> str:
        spans = [
            span
            for known, short in ((self._node.within(text), False), (self._forms, True))
            for form, secret in known.items()
            if form in text  # much quicker than all else, and mostly the answer
            for span in _spans(text, form, secret, as_word=short and len(secret) < WORD)
        ]
        shown: list[str] = []
        last = 0
        before = ""
        for begin, end, secret in sorted(spans, key=lambda span: (span.begin, -span.end)):
            if end <= last:
                continue  # within one that is longer
            if begin >= last or secret != before:
                shown += text[last:begin], mark(secret.strip())
            last, before = end, secret
        return "".join((*shown, text[last:]))


def _spans(text: str, form: str, secret: str, *, as_word: bool) -> Iterator[_Span]:
    """Yield where a form of a secret stands in a text, also where it overlaps itself."""
    if as_word:
        yield from (_Span(*found.span(), secret) for found in _word(form).finditer(text))
        return
    begin = text.find(form)
    while begin >= 0:
        end = begin + len(form)
        again = text.find(form, begin + 1)
        while 0 <= again < end:
            end = again + len(form)
            again = text.find(form, again + 1)
        yield _Span(begin, end, secret)
        begin = again


@lru_cache(maxsize=512)
def _word(form: str) -> re.Pattern[str]:
    """Return what finds a form of a short secret; a sign at its edge needs no end of a word there."""
    begins = _BEGINS if re.match(r"\w", form) else ""
    ends = _ENDS if re.search(r"\w\Z", form) else ""
    return re.compile(begins + re.escape(form) + ends)
