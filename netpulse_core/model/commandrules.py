"""Which lines may be sent to devices: patterns that must mean a whole line, its blanks made one.

`*` is any text and `?` one letter; case does not matter. A denied line stays denied where it is abbreviated, as far as
devices take that, where it is chained to others or piped into, and behind what runs it, such as `do` and `sudo`; and
where it holds keys that a command line acts on, `?` for help and TAB for the rest of a word, and takes no letter of. An
allowed line has to be written out: `sh` is `show` on one prompt and `shutdown` on another. There, a wildcard does not
reach over a pipe, a redirection or another command.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from netpulse_core.model.commandparts import begins, ends, forms
from netpulse_core.model.globs import Line

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NOT_ONE_COMMAND = "|;&<>`$"
_REQUEST = re.compile(r"(?:GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE) /")
"""What a request over HTTP begins with, in which `?` is a letter."""
LONGEST = 4096
"""Letters of a line that is judged; no device takes lines as long."""
_QUOTED = 200
"""Characters of a line that a refusal quotes."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that may not be sent, and what is said of it."""

    line: str
    why: str

    def said(self, shown: Callable[[str], str] = str) -> str:
        """Say it in one sentence that quotes the beginning of the line; `shown` is how it may be read by who reads it.

        It is given all of the line, which may be of any length.
        """
        line = shown(self.line)
        quoted = repr(line[: _QUOTED + 1])  # of one letter it may make ten
        return f"{quoted if len(quoted) <= _QUOTED else quoted[:_QUOTED] + '...'} {self.why}"


@dataclass(frozen=True, slots=True)
class CommandRules:
    """What may be sent: nothing that is denied and, where anything is listed as allowed, only that."""

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()

    def refusal(self, lines: Iterable[str]) -> str:
        """Return why one of these lines may not be sent, empty where all may."""
        refused = self.refused(lines)
        return "" if refused is None else refused.said()

    def refused(self, lines: Iterable[str]) -> Refused | None:
        """Return the first of these lines that may not be sent, None where all may."""
        return next((Refused(line, why) for line in lines if (why := self._against(line))), None)

    def beyond(self, others: "CommandRules") -> str:
        """Return what keeps these from being as strict as others, empty where they are.

        They are where all the patterns say so: what two patterns mean is not compared.
        """
        if missing := [pattern for pattern in others.deny if pattern not in self.deny]:
            return f"does not deny {', '.join(map(repr, missing))}"
        if others.allow and not self.allow:
            return "does not list what is allowed"
        more = [pattern for pattern in self.allow if pattern not in others.allow] if others.allow else []
        return f"allows {', '.join(map(repr, more))}" if more else ""

    def _against(self, given: str) -> str:
        line = " ".join(given.split())
        if len(line) > LONGEST:
            return f"has {len(line):,} letters, and more than {LONGEST:,} are not judged"
        if _CONTROL.search(given.replace("\t", " ")):
            return "has a control character"
        typed = _typed(given)
        for one in typed:
            if (pattern := _denied(self.deny, one)) is not None:
                return f"is denied by {pattern!r}"
        # A blank for a TAB: where it ends no word, what is left of the line is no command of any list.
        asked = () if _REQUEST.match(line) else (line.replace("?", ""),)
        if self.allow and not all(_allowed(self.allow, " ".join(one.split())) for one in (line, *asked)):
            return f"is none of the lines that are allowed: {', '.join(self.allow)}"
        return ""


def problems(patterns: Sequence[str]) -> list[str]:
    """Return what is wrong with patterns: one that can mean no line would protect nobody."""
    return [
        f"{pattern!r} can mean no line"
        for pattern in patterns
        if not pattern.strip() or _CONTROL.search(pattern) or pattern != " ".join(pattern.split())
    ]


def _typed(given: str) -> list[str]:
    """Return what a line may be where keys are acted on while it is typed, its blanks made one."""
    asked = given.replace("?", "")
    read = (given, asked, given.replace("\t", ""), asked.replace("\t", ""))
    return list(dict.fromkeys(" ".join(one.split()) for one in read))


def _allowed(patterns: Iterable[str], line: str) -> bool:
    given = Line(line, beyond=_NOT_ONE_COMMAND)
    return any(given.meant_by(pattern) for pattern in patterns)


def _denied(patterns: Sequence[str], line: str) -> str | None:
    if not patterns:
        return None
    given = [_parted(form) for form in forms(line)]
    return next((pattern for pattern in patterns if any(_means(pattern, one) for one in given)), None)


def _parted(form: str) -> Line:
    abbreviable, written = begins(form)
    return Line(form, starts=abbreviable, written=written, ends=ends(form))


def _means(pattern: str, line: Line) -> bool:
    return line.meant_by_abbreviated(pattern) or line.meant_by(pattern)
