"""Where a configuration line belongs, and how it stands there before and after a change."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

type Path = tuple[str, ...]
"""A line with the sections around it, the outermost first."""

_ENDS = re.compile(r"(?:exit(?:-[\w-]+)?|end|!.*|quit)$")
_SECTIONS = re.compile(
    r"(?:interface|router|vlan|vrf|line|ip access-list|ipv6 access-list|route-map|class-map|policy-map|class|"
    r"address-family|ip vrf|controller|track|archive|control-plane|key chain|ip sla|policy|object-group) ?"
)
_PARTS = re.compile(r"[A-Za-z][A-Za-z_-]*|\d[\d.:/]*|\S")


class Stands(StrEnum):
    """How a line asked for stands in the running configuration."""

    NEW = "new"  # it is there, and was not before
    BEFORE = "before"  # as it is, it was before: whether it was sent makes no difference
    GONE = "gone"  # what it takes away was there, and is not any more
    MISSING = "missing"  # it is not there
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Asked:
    """One line asked for: what it says, how it stands, and the paths that tell so."""

    text: str
    stands: Stands
    paths: tuple[Path, ...] = ()


def paths_of(text: str) -> frozenset[Path]:
    """Return every line of a configuration with the sections it is in, as its indentation says."""
    found: set[Path] = set()
    stack: list[tuple[int, str]] = []
    for line in text.splitlines():
        said = line.strip()
        if not said or _ENDS.match(said):
            continue
        depth = len(line) - len(line.lstrip())
        while stack and stack[-1][0] >= depth:
            stack.pop()
        stack.append((depth, said))
        found.add(tuple(one for _, one in stack))
    return frozenset(found)


def asked_of(lines: Sequence[str], before: frozenset[Path], after: frozenset[Path]) -> list[Asked]:
    """Return how each line stands; those that only leave a section say nothing and are left out."""
    reader = _Reader(before, after, {line.strip() for line in lines})
    indented = any(line[:1].isspace() for line in lines)
    stack: list[tuple[int, str]] = []
    found: list[Asked] = []
    for line in lines:
        said = " ".join(line.split())
        if _ENDS.match(said):
            reader.leave(said)
        elif not indented:
            found.append(reader.read(said))
        else:
            depth = len(line) - len(line.lstrip())
            while stack and stack[-1][0] >= depth:
                stack.pop()
            found.append(reader.stands(said, [tuple(one for _, one in stack)]))
            stack.append((depth, said))
    return found


def is_short_for(asked: str, shown: str) -> bool:
    """Whether a line shown may be what was asked for with its words written out."""
    short, whole = _PARTS.findall(asked.lower()), _PARTS.findall(shown.lower())
    if len(short) > len(whole):
        return False
    return all(one == two or (one.isalpha() and two.startswith(one)) for one, two in zip(short, whole, strict=False))


class _Reader:
    """Reads lines one after the other as a device does: in the section that is open, else in one around it."""

    def __init__(self, before: frozenset[Path], after: frozenset[Path], asked: Collection[str]) -> None:
        self._before, self._after, self._asked = before, after, asked
        self._both = before | after
        self._open: Path = ()

    def leave(self, word: str) -> None:
        """Leave the open section, or all of them."""
        self._open = () if word == "end" else self._open[:-1]

    def read(self, text: str) -> Asked:
        """Return how a line stands, and note which section it opens or leaves."""
        scopes = [self._open[:size] for size in range(len(self._open), -1, -1)]
        one = self.stands(text, scopes)
        at = next((scope for scope in scopes if (*scope, text) in self._both), None)
        if at is None:
            if _SECTIONS.match(text):
                self._open = (text,)
        elif _SECTIONS.match(text) or any(path[: len(at) + 1] == (*at, text) != path for path in self._both):
            self._open = (*at, text)
        else:
            self._open = at
        return one

    def stands(self, text: str, scopes: Sequence[Path]) -> Asked:
        """Return how a line stands that belongs into one of these sections, the likeliest first."""
        for scope in scopes:
            path = (*scope, text)
            if path in self._after and path not in self._before:
                return Asked(text, Stands.NEW, (path,))
            if path in self._after:
                # In an outer section it may be another line of the same words, unless it opens one itself.
                sure = scope == scopes[0] or _SECTIONS.match(text) is not None
                return Asked(text, Stands.BEFORE if sure else Stands.UNKNOWN, (path,))
            if path in self._before:
                return Asked(text, Stands.UNKNOWN, (path,))
        if text.startswith("no "):
            return self._taken_away(text, scopes)
        return Asked(text, Stands.MISSING)

    def _taken_away(self, text: str, scopes: Sequence[Path]) -> Asked:
        what = text.removeprefix("no ")
        for number, scope in enumerate(scopes):
            was, now = (self._saying(what, scope, paths) for paths in (self._before, self._after))
            if not was and not now:
                continue
            if number or any(path[-1] in self._asked for path in now):
                return Asked(text, Stands.UNKNOWN)
            if not now:
                return Asked(text, Stands.GONE, tuple(sorted(was)))
            return Asked(text, Stands.MISSING if was <= now else Stands.UNKNOWN, tuple(sorted(now)))
        return Asked(text, Stands.UNKNOWN)  # what is on by default shows only when it is off

    def _saying(self, what: str, scope: Path, paths: frozenset[Path]) -> set[Path]:
        """Return what stands under a section and begins with these words, with all that is beneath it."""
        depth = len(scope)
        heads = {
            path[: depth + 1]
            for path in paths
            if len(path) > depth and path[:depth] == scope and f"{path[depth]} ".startswith(f"{what} ")
        }
        return {path for path in paths if path[: depth + 1] in heads}
