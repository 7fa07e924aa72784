"""The secrets that a node has resolved within its life: in memory alone, and quick to look for, however many."""

import json
import sys
import threading

SHORTEST = 4
"""Characters below which masking would blot out ordinary text and hide nothing."""
WORD = 8
"""Characters below which a secret is masked only as a whole word: `admin` stands in "administratively down" too."""
_GRAM = 4
"""Bytes that are looked for as one number: of any seven of a text, four begin at a multiple of four."""


class KnownSecrets:
    """The secrets of all jobs of a node, to mask those in what others leave too.

    Only those of eight characters and more: in what devices say that they are no login of, a shorter one is a word.
    """

    def __init__(self, most: int = 10_000) -> None:
        """Keep at most so many forms: whatever gives another secret for each login must not fill the memory."""
        self._most = most
        self._secrets: dict[str, str] = {}
        self._by_gram: dict[int, tuple[str, ...]] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<{len(self._secrets)} known secrets>"

    def learn(self, value: str) -> None:
        """Remember a secret, and each line of it."""
        with self._lock:
            for part in (value, *value.splitlines()):
                for form in forms(part) if len(part) >= WORD else ():
                    if self._secrets.pop(form, None) is None:
                        self._note(form)
                    self._secrets[form] = part  # behind all others: the last to be forgotten
            while len(self._secrets) > self._most:
                self._forget(next(iter(self._secrets)))

    def within(self, text: str) -> dict[str, str]:
        """Return the forms of secrets that stand in a text, and the secret of each."""
        # One look into a dict for every four bytes, however many secrets there are: few texts have four of any.
        grams = self._by_gram.keys() & _every_fourth(text) if self._by_gram else ()
        found = {form for gram in grams for form in self._by_gram.get(gram, ()) if form in text}
        return {form: self._secrets.get(form, form) for form in found}

    def _note(self, form: str) -> None:
        for gram in _grams(form):
            self._by_gram[gram] = (*self._by_gram.get(gram, ()), form)

    def _forget(self, form: str) -> None:
        del self._secrets[form]
        for gram in _grams(form):
            left = tuple(one for one in self._by_gram[gram] if one != form)
            if left:
                self._by_gram[gram] = left
            else:
                del self._by_gram[gram]


def _every_fourth(text: str) -> list[int]:
    coded = memoryview(text.encode("utf-8", "surrogatepass"))
    return coded[: len(coded) // _GRAM * _GRAM].cast("I").tolist()


def _grams(form: str) -> set[int]:
    coded = form.encode("utf-8", "surrogatepass")
    return {int.from_bytes(coded[at : at + _GRAM], sys.byteorder) for at in range(_GRAM)}


def forms(value: str) -> set[str]:
    """Return how a text shows this value: as it is, and escaped as by a KeyError, every repr, and JSON."""
    escaped = (repr(value), json.dumps(value), json.dumps(value, ensure_ascii=False))
    return {form for form in (value, *(one[1:-1] for one in escaped)) if len(form) >= SHORTEST}
