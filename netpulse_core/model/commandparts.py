"""Where commands begin and end in a line: those it chains or pipes, and what another command runs for it.

No shell is understood here, and no platform asked for: a letter that chains anywhere chains here, in quotes too. What
is found wrongly is denied wrongly, and what is missed would be sent.
"""

import re
import unicodedata
from collections.abc import Iterator

_CHAINED = re.compile(r"[;&|`]+ ?|[$<>]\( ?")
_ENDED = re.compile(r" ?(?:[0-9]?([<>])|([;&|`)}])|(#))")
_WORD = r"[^ ;&|`]"  # one search never goes on into another command, so all of them take one walk of the line
_RUNS_ANOTHER = (
    r"do(?:-(?:e(?:x(?:ec?)?)?)?)?|run?(?:-exec)?"  # as long as no other word of a configuration mode begins so
    r"|sudo|doas|su -c|env|exec|eval|command|nohup|nice|time|timeout \S+|setsid|busybox|bash|[a-z]*sh -[a-z]*c"
    r"|if|then|elif|else|while|until"
)
_ARGUMENT = rf"-[ug] {_WORD}+|-n [0-9]+|-{_WORD}*|[a-z_][a-z0-9_]*={_WORD}*|[0-9]?[<>]{{1,3}}&? ?{_WORD}+"
_LEAD = re.compile(rf"(?:{_RUNS_ANOTHER}|{_ARGUMENT}) (?=\S)|[({{!]+ ?|{_WORD}*/", re.IGNORECASE)
_QUOTES = re.compile(r"[\"'\\]")


def forms(line: str) -> list[str]:
    """Return what a line may be by the time a device reads it: without its quotes, and without letters it has not.

    A library that writes ASCII leaves other letters out, or the marks on them.
    """
    read = [line]
    if not line.isascii():
        read += [_ascii(line), _ascii(unicodedata.normalize("NFKD", line))]
    read += [_QUOTES.sub("", one) for one in read]
    return list(dict.fromkeys(" ".join(one.split()) for one in read))


def begins(line: str) -> int:
    """Return the places a command begins at, as bits: the first, those behind others, those another command runs."""
    found = 0
    for place in _first(line):
        while not found >> place & 1:
            found |= 1 << place
            lead = _LEAD.match(line, place)
            place = place if lead is None else lead.end()
    return found


def ends(line: str) -> int:
    """Return the places a command ends at, as bits."""
    found = 1 << len(line)
    for match in _ENDED.finditer(line):
        found |= 1 << match.start() | 1 << match.start(match.lastindex or 0)
    return found


def _first(line: str) -> Iterator[int]:
    yield 0
    for match in _CHAINED.finditer(line):
        yield match.end()


def _ascii(text: str) -> str:
    return text.encode("ascii", "ignore").decode()
