"""What is in force of a Junos configuration in `set` lines."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

_GROUP = re.compile(r"set groups (\S+) ")
_APPLIES = re.compile(r"(set (?:.*? )?)apply-groups(-except)? (.+)$")
_WORD = re.compile(r'"[^"]*"|\S+')
_WILD = re.compile(r'"?<(.+)>"?')


class _Applied(NamedTuple):
    """A statement that a group is inherited beneath a place, or that it is not."""

    group: str
    place: str
    """How the lines there begin, such as `set ` for all and `set interfaces ge-0/0/0 ` for one interface."""
    inherits: bool


def in_force(config: str) -> Mapping[str, str]:
    """Return the `set` lines of Junos that are in force, and each as it stands in the configuration.

    Lines of groups are as if they were written out, where the group is applied and not excepted, and for the names
    that its wildcards mean; deactivated ones are left out. Raise ValueError where there is none: it is in another form.
    """
    kept, off = _kept(config)
    if not kept:
        raise ValueError("there is no `set` line in it")
    own = [line for line in kept if not _GROUP.match(line)]
    applied = set(_applied(own))
    found = _written_out(kept, own, applied)
    # What a group inherits may apply another group in its turn; every round knows one more, and there are only so many.
    while (more := applied | set(_applied(found))) != applied:
        applied = more
        found = _written_out(kept, own, applied)
    return {meant: line for meant, line in found.items() if not _in(meant, off)}


def as_written(config: str) -> list[str]:
    """Return the `set` lines that are not deactivated, those of groups as they define them."""
    return _kept(config)[0]


def of_groups(config: str) -> list[str]:
    """Return the `set` lines that define groups and are not deactivated."""
    return [line for line in as_written(config) if _GROUP.match(line)]


def _kept(config: str) -> tuple[list[str], tuple[str, ...]]:
    """Return the `set` lines that are not deactivated, and how those begin that are."""
    lines = [line.strip() for line in config.splitlines()]
    off = tuple(f"{line.replace('deactivate', 'set', 1)} " for line in lines if line.startswith("deactivate "))
    return [line for line in lines if line.startswith("set ") and not _in(line, off)], off


def _applied(lines: Iterable[str]) -> Iterator[_Applied]:
    for line in lines:
        if said := _APPLIES.match(line):
            yield from (_Applied(one, said[1], said[2] is None) for one in said[3].split() if one not in "[]")


def _written_out(kept: Sequence[str], own: Sequence[str], applied: Iterable[_Applied]) -> dict[str, str]:
    places: dict[str, list[_Applied]] = {}
    for one in sorted(applied, key=lambda one: (len(one.place), not one.inherits)):
        places.setdefault(one.group, []).append(one)
    found = {}
    for line in kept:
        group = _GROUP.match(line)
        if group is None:
            found[line] = line
        elif group[1] in places:
            for meant in _named(f"set {line[group.end() :]}", own):
                if _inherited(meant, places[group[1]]):
                    found[meant] = line
    return found


def _inherited(line: str, places: Sequence[_Applied]) -> bool:
    """Return what the innermost statement about a line's place says, an exception before the rest."""
    return next((one.inherits for one in reversed(places) if f"{line} ".startswith(one.place)), False)


def _named(line: str, own: Sequence[str]) -> Iterable[str]:
    """Return a group's line for each name in the device's own lines that its wildcards mean, or itself without any."""
    words = [(word[0], word.end(), _WILD.fullmatch(word[0])) for word in _WORD.finditer(line)]
    last = max((at for at, (_, _, wild) in enumerate(words) if wild), default=None)
    if last is None:
        return [line]
    shape = " ".join(re.escape(word) if wild is None else _shape(wild[1]) for word, _, wild in words[: last + 1])
    names = re.compile(f"{shape}(?= |$)")
    rest = line[words[last][1] :]
    return list(dict.fromkeys(f"{named[0]}{rest}" for one in own if (named := names.match(one))))


def _shape(wildcard: str) -> str:
    if wildcard == "*":
        return r'(?:"[^"]*"|\S+)'
    parts = re.split(r"(\*|\?|\[[^\]]+\])", wildcard)
    known = {"*": r"\S*", "?": r"\S"}
    return "".join(known.get(part) or _letters(part) for part in parts)


def _letters(part: str) -> str:
    return part.replace("[!", "[^", 1) if part.startswith("[") and part.endswith("]") else re.escape(part)


def _in(line: str, beginnings: tuple[str, ...]) -> bool:
    return f"{line} ".startswith(beginnings)
