"""The secrets that a node has resolved within its life: in memory alone, and quick to look for, however many."""

import sys
import threading
from collections import OrderedDict
from typing import NamedTuple

from netpulse_core.runs.spelled import forms, parts

WORD = 8
"""Characters below which a secret is masked only as a whole word: `admin` stands in "administratively down" too."""
_GRAM = 4
"""Bytes that are looked for as one number."""
_WINDOW = 2 * _GRAM - 1
"""Bytes of which, wherever they stand in a text, one number begins at a multiple of four."""
_LOOKED_AT = 64
"""Windows of a form that are compared: the end of a long one tells as much as all of it."""


class _Form(NamedTuple):
    grams: frozenset[int]
    secrets: list[str]
    """The secrets that are spelled so, the earliest first."""


class KnownSecrets:
    """The secrets of all jobs of a node, to mask those in what others leave too.

    Only those of eight characters and more: in what devices say that they are no login of, a shorter one is a word.
    """

    def __init__(self, most: int = 10_000) -> None:
        """Keep at most so many: whatever gives another secret for each login must not fill the memory."""
        self._most = most
        self._secrets: OrderedDict[str, None] = OrderedDict()
        self._forms: dict[str, _Form] = {}
        self._by_gram: dict[int, set[str]] = {}
        self._lock = threading.RLock()  # a finalizer may log in the middle of it, and a log is masked
        self.learned = 0
        """Goes up with every secret that was not known."""

    def __repr__(self) -> str:
        return f"<{len(self._secrets)} known secrets>"

    def learn(self, value: str) -> None:
        """Remember a secret, and each line of it."""
        with self._lock:
            for part in parts(value):
                if part in self._secrets:
                    self._secrets.move_to_end(part)  # behind all others: the last to be forgotten
                elif len(part) >= WORD:
                    self._note(part)
            while len(self._secrets) > self._most:
                self._forget()

    def within(self, text: str) -> dict[str, str]:
        """Return the forms of secrets that stand in a text, and the secret of each."""
        # One look into a dict for every four bytes, however many secrets there are: few texts have four of any.
        grams = self._by_gram.keys() & _every_fourth(text) if self._by_gram else ()
        if not grams:
            return {}
        with self._lock:
            some = {form: self._secret(form) for gram in grams for form in self._by_gram.get(gram, ())}
        return {form: secret for form, secret in some.items() if form in text}

    def _secret(self, form: str) -> str:
        return form if form in self._secrets else self._forms[form].secrets[0]

    def _note(self, part: str) -> None:
        self._secrets[part] = None
        for form in forms(part):
            if form in self._forms:
                self._forms[form].secrets.append(part)
                continue
            self._forms[form] = _Form(self._rarest(form), [part])
            for gram in self._forms[form].grams:
                self._by_gram.setdefault(gram, set()).add(form)
        self.learned += 1  # at the end: whoever counts before and looks after has seen it

    def _rarest(self, form: str) -> frozenset[int]:
        """Return the numbers of the window that the fewest others are found by: secrets may all begin alike."""
        coded = form.encode("utf-8", "surrogatepass")
        last = len(coded) - _WINDOW
        windows = range(last, max(last - _LOOKED_AT, -1), -1)
        return min((_grams(coded[at : at + _WINDOW]) for at in windows), key=self._shared)

    def _shared(self, grams: frozenset[int]) -> int:
        return sum(len(self._by_gram.get(gram, ())) for gram in grams)

    def _forget(self) -> None:
        """Forget the secret that was not learned for the longest time."""
        part, _ = self._secrets.popitem(last=False)
        for form in forms(part):
            noted = self._forms[form]
            noted.secrets.remove(part)
            if noted.secrets:
                continue
            del self._forms[form]
            for gram in noted.grams:
                self._by_gram[gram].remove(form)
                if not self._by_gram[gram]:
                    del self._by_gram[gram]


def _every_fourth(text: str) -> list[int]:
    coded = memoryview(text.encode("utf-8", "surrogatepass"))
    return coded[: len(coded) // _GRAM * _GRAM].cast("I").tolist()


def _grams(window: bytes) -> frozenset[int]:
    return frozenset(int.from_bytes(window[at : at + _GRAM], sys.byteorder) for at in range(_GRAM))
