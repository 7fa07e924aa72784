"""Who made a change: each line that came or went is ours only where a line that we pushed explains it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from netpulse_core.configs.comparing import Path, changed, paths
from netpulse_core.configs.platforms import ConfigPlatform
from netpulse_core.configs.trees import is_held_once, replaces
from netpulse_core.model.backup import Origin

_TAKES_AWAY = re.compile(r"(?:no|undo|delete|default) ")
_TYPED = re.compile(r"^\S+?\((?:config|conf)[^)\s]*\)#\s*(\S.*)$", re.MULTILINE)
_LEAVES = {"exit": 1, "quit": 1, "end": None, "return": None, "commit": None}


@dataclass(frozen=True, slots=True)
class Pushed:
    """What one run has sent to the device."""

    run: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attributed:
    """What a change was, and which runs made how much of it."""

    origin: Origin
    runs: tuple[str, ...]
    added: int
    removed: int
    unexplained: int


def attributed(before: str, after: str, pushes: Sequence[Pushed], platform: ConfigPlatform) -> Attributed:
    """Judge a change by the lines that were pushed in between: without evidence it is nobody's of ours."""
    found = changed(before, after)
    known = set(paths(before)) | set(paths(after))
    ours: dict[str, set[tuple[str, Path]]] = {}
    for push in pushes:
        if explained := _explained(push.lines, found.added, found.removed, known, platform):
            ours[push.run] = explained
    every = {("+", path) for path in found.added} | {("-", path) for path in found.removed}
    explained = set().union(*ours.values()) if ours else set()
    left = len(every - explained)
    origin = Origin.OUT_OF_BAND if not explained else Origin.MIXED if left else Origin.OURS
    return Attributed(origin, tuple(ours), len(found.added), len(found.removed), left)


def evidence(parameters: Mapping[str, Any], outputs: Iterable[tuple[Any, str]]) -> tuple[str, ...]:
    """Return the lines that a run is known to have sent: as its outputs tell, or as it was asked to."""
    told = [line for body, diff in outputs for line in (*_of_body(body), *_of_diff(diff))]
    asked = [line for name in ("lines", "config", "commands") for line in _lines(parameters.get(name))]
    return tuple(told or asked)


def _explained(
    lines: Sequence[str],
    added: Sequence[Path],
    removed: Sequence[Path],
    known: set[Path],
    platform: ConfigPlatform,
) -> set[tuple[str, Path]]:
    found: set[tuple[str, Path]] = set()
    new = set(added)
    for negated, path in _walked(lines, known):
        if negated:
            depth = len(path)
            found |= {("-", one) for one in removed if len(one) >= depth and _begins(one[:depth], path)}
        elif path in new:
            found.add(("+", path))
    # A line that the platform holds once is gone because another one took its place.
    for gone in removed:
        if ("-", gone) in found or not is_held_once(gone, platform):
            continue
        beside = [path for sign, path in found if sign == "+" and path[:-1] == gone[:-1]]
        if any(replaces(path, gone, platform) for path in beside):
            found.add(("-", gone))
    return found


def _walked(lines: Sequence[str], known: set[Path]) -> Iterator[tuple[bool, Path]]:
    """Yield where each line leads, and whether it takes away what stands there."""
    at: Path = ()
    for line in (one.strip() for one in lines):
        if line in _LEAVES:
            steps = _LEAVES[line]
            at = at[:-steps] if steps else ()
            continue
        taken = _TAKES_AWAY.match(line)
        ways = ((*at[:depth], line) for depth in range(len(at), -1, -1))
        own = next((way for way in ways if way in known), None)
        if own is not None:
            at = own
            yield False, own
        elif taken is not None:
            rest = line[taken.end() :]
            depths = range(len(at), -1, -1)
            fits = (at[:depth] for depth in depths if any(_under(path, at[:depth], rest) for path in known))
            above = next(fits, None)
            if above is not None:
                yield True, (*above, rest)
        else:
            at = ()  # it may have opened another section: what follows must not be looked for in this one


def _under(path: Path, above: Path, line: str) -> bool:
    depth = len(above)
    return len(path) > depth and path[:depth] == above and _same(path[depth], line)


def _begins(path: Path, wanted: Path) -> bool:
    return path[:-1] == wanted[:-1] and _same(path[-1], wanted[-1])


def _same(line: str, said: str) -> bool:
    """Whether `no SAID` takes this line away: it is that line, or begins with it."""
    return line == said or line.startswith(f"{said} ")


def _of_body(body: Any) -> Iterator[str]:
    match body:
        case {"lines": list(lines)}:
            yield from (str(one["line"]) for one in lines if isinstance(one, Mapping) and "line" in one)
        case str():
            yield from _TYPED.findall(body)


def _of_diff(diff: str) -> Iterator[str]:
    for line in diff.splitlines():
        if line.startswith(("+++", "---")):
            continue
        if line.startswith("+"):
            yield line[1:].strip()
        elif line.startswith("-"):
            yield f"no {line[1:].strip()}"


def _lines(given: Any) -> list[str]:
    if isinstance(given, str):
        return given.splitlines()
    return [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
