"""Patterns of `*` and `?` on one line, whatever they are: the time they take grows with their letters and no faster.

All places in a line that a pattern may have come to are one number, a bit each, and every letter of the pattern moves
all of them at once. Nothing is tried twice, as an engine that goes back would.
"""

import re
from functools import lru_cache

_WILD = re.compile(r"[*?]")


class Line:
    """A line that patterns are held against; the case of letters does not matter.

    Letters of `beyond` are none that `*` and `?` mean. A match goes from one of `starts` to one of `ends`: bits of the
    places between letters, 0 before the first. From one of `written` goes what is not abbreviated.
    """

    def __init__(self, text: str, *, starts: int = 1, written: int = 0, ends: int = 0, beyond: str = "") -> None:
        self._at: dict[str, int] = {}
        for place, letter in enumerate(map(_folded, text)):
            self._at[letter] = self._at.get(letter, 0) | 1 << place
        self._free = (1 << len(text)) - 1
        for letter in beyond:
            self._free &= ~self._at.get(letter, 0)
        self._starts = starts
        self._written = starts | written
        self._ends = ends or 1 << len(text)

    def meant_by(self, pattern: str) -> bool:
        """Whether a pattern means it as it is written."""
        return bool(self._after(self._written, _letters(pattern)) & self._ends)

    def meant_by_abbreviated(self, pattern: str) -> bool:
        """Whether a pattern means it where each word may be any beginning of itself, up to its first wildcard."""
        places = self._starts
        for number, word in enumerate(pattern.split(" ")):
            if number:
                places = self._after(places, " ")
            places = self._after(places, _letters(word)) | self._abbreviated(places, word)
            if not places:
                return False
        return bool(places & self._ends)

    def _abbreviated(self, places: int, word: str) -> int:
        found = 0
        for letter in _letters(_WILD.split(word, maxsplit=1)[0]):
            places = (places & self._at.get(letter, 0)) << 1
            if not places:
                break
            found |= places
        return found | self._after(found, " *") if word.endswith("*") else found

    def _after(self, places: int, letters: str) -> int:
        for letter in letters:
            if not places:
                break
            if letter == "*":
                # The sum carries each place through the letters it may pass, and the rest says which these were.
                places |= ((places & self._free) + self._free) ^ self._free
            else:
                places = (places & (self._free if letter == "?" else self._at.get(letter, 0))) << 1
        return places


def _folded(letter: str) -> str:
    small = letter.upper().lower()
    return small if len(small) == 1 else letter


@lru_cache(maxsize=4096)
def _letters(pattern: str) -> str:
    return "".join(map(_folded, pattern))
