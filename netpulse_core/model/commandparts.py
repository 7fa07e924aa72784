"""Where commands begin and end in a line: those it chains or pipes, and what another command runs for it.

No shell is understood here, and no platform asked for: a letter that chains anywhere chains here, in quotes too. What
is found wrongly is denied wrongly, and what is missed would be sent.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterator

_CHAINED = re.compile(r"[;&|`]+ ?|[$<>]\( ?")
_ENDED = re.compile(r" ?(?:[0-9]?([<>])|([;&|`)}])|(#))")
_WORD = r"[^ ;&|`]"  # one search never goes on into another command, so all of them take one walk of the line
_LEAVES_MODE = r"do(?:-(?:e(?:x(?:ec?)?)?)?)?|run?(?:-exec)?"  # as long as no other word of such a mode begins so
_RUNNER = (
    r"sudo|doas|su -c|env|exec|eval|command|nohup|nice|time|timeout \S+|setsid|busybox|bash|[a-z]*sh -[a-z]*c"
    r"|if|then|elif|else|while|until"
)
_OPTION = rf"-[ug] {_WORD}+|-n [0-9]+|-{_WORD}*"
_BETWEEN = rf"[a-z_][a-z0-9_]*={_WORD}*|[0-9]?[<>]{{1,3}}&? ?{_WORD}+"
_LEAD = re.compile(
    rf"(?:(?P<mode>{_LEAVES_MODE})|(?P<runner>{_RUNNER})|(?P<option>{_OPTION})|(?P<between>{_BETWEEN})) (?=\S)"
    rf"|(?P<group>[({{!]+ ?)|(?P<path>{_WORD}*/)",
    re.IGNORECASE,
)
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


def begins(line: str) -> tuple[int, int]:
    """Return the places a command begins at, as bits: those where a CLI takes abbreviations, and the others.

    A CLI takes them at the beginning, behind `;` and behind what leaves a mode for one line; shells and filters do not.
    """
    found = dict.fromkeys(itertools.product((True, False), repeat=2), 0)
    for place, abbreviated in _first(line):
        behind = (abbreviated, False)
        at: int | None = place
        while at is not None and not found[behind] >> at & 1:
            found[behind] |= 1 << at
            at, behind = _further(line, at, *behind)
    abbreviable = found[True, False] | found[True, True]
    return abbreviable, (found[False, False] | found[False, True]) & ~abbreviable


def _further(line: str, place: int, abbreviated: bool, runner: bool) -> tuple[int | None, tuple[bool, bool]]:
    """Return where a command begins that the one at a place runs, and what it is behind; None where there is none."""
    lead = _LEAD.match(line, place)
    kind = "" if lead is None else lead.lastgroup
    comment = place == 0 and line.startswith("!")
    if lead is None or comment or (kind == "option" and not runner):  # else it is a bullet of some text
        return None, (False, False)
    runner = kind == "runner" or (runner and kind in {"option", "between"})
    return lead.end(), (abbreviated and kind == "mode", runner)


def ends(line: str) -> int:
    """Return the places a command ends at, as bits."""
    found = 1 << len(line)
    for match in _ENDED.finditer(line):
        found |= 1 << match.start() | 1 << match.start(match.lastindex or 0)
    return found


def _first(line: str) -> Iterator[tuple[int, bool]]:
    yield 0, True
    for match in _CHAINED.finditer(line):
        yield match.end(), match[0].rstrip().endswith(";")


def _ascii(text: str) -> str:
    return text.encode("ascii", "ignore").decode()
