"""Which lines may be sent to devices: patterns that must mean a whole line, its blanks made one.

`*` is any text and `?` one letter; case does not matter. A denied line stays denied where it is abbreviated, as devices
take it, and behind `do` or `run`, which leave a configuration mode for one line. An allowed line has to be written
out: `sh` is `show` on one prompt and `shutdown` on another. There, `*` does not reach over a pipe, a redirection or
another command.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

_WILD = re.compile(r"[*?]")
_ESCAPES = re.compile(r"(?:do|run)(?:-exec)? (?=\S)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_WITHIN_ONE_COMMAND = r"[^|;&<>`$]*"
_LONGEST = 4096
"""Letters of a line that is judged; matching takes time, and no device takes lines as long."""


@dataclass(frozen=True, slots=True)
class CommandRules:
    """What may be sent: nothing that is denied and, where anything is listed as allowed, only that."""

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()

    def refusal(self, lines: Iterable[str]) -> str:
        """Return why one of these lines may not be sent, empty where all may."""
        return next((why for line in lines if (why := self._refusal(line))), "")

    def _refusal(self, given: str) -> str:
        if _CONTROL.search(given.replace("\t", " ")):
            return f"a control character stands in {given!r}"
        line = " ".join(given.split())
        if len(line) > _LONGEST:
            return f"a line has {len(line):,} letters, and more than {_LONGEST:,} are not judged"
        if (pattern := _denied(self.deny, line)) is not None:
            return f"{line!r} is denied by {pattern!r}"
        if self.allow and not any(_whole(pattern).fullmatch(line) for pattern in self.allow):
            return f"{line!r} is none of the lines that are allowed: {', '.join(self.allow)}"
        return ""


def problems(patterns: Sequence[str]) -> list[str]:
    """Return what is wrong with patterns: one that can mean no line would protect nobody."""
    return [
        f"{pattern!r} can mean no line"
        for pattern in patterns
        if not pattern.strip() or _CONTROL.search(pattern) or pattern != " ".join(pattern.split())
    ]


def _denied(patterns: Iterable[str], line: str) -> str | None:
    meant = [line]
    while (escape := _ESCAPES.match(meant[-1])) is not None:
        meant.append(meant[-1][escape.end() :])
    return next((pattern for pattern in patterns for one in meant if _abbreviated(pattern).fullmatch(one)), None)


@lru_cache(maxsize=4096)
def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(_translated(pattern, _WITHIN_ONE_COMMAND), re.IGNORECASE)


@lru_cache(maxsize=4096)
def _abbreviated(pattern: str) -> re.Pattern[str]:
    words = [_word(word) for word in pattern.split(" ")]
    return re.compile(" ".join(words), re.IGNORECASE)


def _word(word: str) -> str:
    """Return what means a word or any beginning of it; of one with wildcards, of what stands before the first."""
    head = _WILD.split(word, maxsplit=1)[0]
    if not head:
        return _translated(word, ".*")
    beginnings = "".join(f"(?:{re.escape(letter)}" for letter in head) + ")?" * len(head)
    rest = "(?: .*)?" if word.endswith("*") else ""
    return f"(?:{_translated(word, '.*')}|(?=\\S){beginnings}{rest})"


def _translated(text: str, any_text: str) -> str:
    return "".join(any_text if one == "*" else "." if one == "?" else re.escape(one) for one in text)
