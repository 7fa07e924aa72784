"""Lines that must and must not be there: in a configuration, or within each of its sections that is meant."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from netpulse_core.compliance.rules import each, patterns, remedy
from netpulse_core.compliance.rules.patterns import Seeking
from netpulse_core.compliance.rules.tree import Path, Trees
from netpulse_core.model.check import Finding
from netpulse_core.model.policy import Contains, Line

_GROUPS = re.compile(r"^\s*(?:set\s+)?groups\b", re.MULTILINE)
_SHOWN = 20
"""Lines a pass repeats: it is read by nobody who has a hundred of them."""


def judge(wanted: Contains, platform: str | None, config: str, trees: Trees) -> Finding:
    """Say which lines are missing and which are there and should not be."""
    paths, seeking = trees.of(platform, config), Seeking()
    groups = trees.groups(platform, config)
    tops = [path[0] for path in paths if len(path) == 1]
    if lacking := [one for one in wanted.where if not any(seeking.found(one, top) for top in tops)]:
        return Finding(wanted.absent, f"it has no line that is /{lacking[0]}/")
    told, meant = _Told(), 0
    for section in _sections(wanted, paths, seeking):
        lines = [path[-1] for path in section.direct]
        index = each.Index([path[-1] for path in section.paths], seeking)
        for names in each.things(wanted, section.names, lines, seeking):
            meant += 1
            for line in wanted.must:
                near = _near(_defining(section, line, groups), line, names, index)
                _must([each.line(line, one) for one in names], near, wanted.anywhere, platform, trees, seeking, told)
            for line in wanted.must_not:
                near = _near(_defining(section, line, groups), line, names[:1], index)
                _must_not(each.line(line, names[0]), near, wanted.ignore, platform, trees, seeking, told)
    if not meant:
        return Finding(wanted.absent, f"nothing in it is {_named(wanted)}")
    return _finding(wanted, platform, told)


@dataclass(frozen=True, slots=True)
class _Section:
    """A line and all beneath it; the whole configuration has no line."""

    above: Path
    paths: Sequence[Path]
    names: each.Names = field(default_factory=dict)
    """What the patterns of the lines above name."""

    @property
    def direct(self) -> Iterator[Path]:
        depth = len(self.above) + 1
        return (path for path in self.paths if len(path) == depth)


@dataclass(slots=True)
class _Told:
    wanted: list[str] = field(default_factory=list)
    found: list[Path] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    extra: list[Path] = field(default_factory=list)
    add: list[Path] = field(default_factory=list)
    """What would have to be configured; a pattern does not say what."""
    elsewhere: list[str] = field(default_factory=list)
    guessed: bool = False


def _sections(wanted: Contains, paths: Sequence[Path], seeking: Seeking) -> Iterator[_Section]:
    if not wanted.within:
        yield _Section((), paths)
        return
    depth = len(wanted.within)
    for number, path in enumerate(paths):
        if len(path) != depth:
            continue
        found = [each.named(pattern, line, seeking) for pattern, line in zip(wanted.within, path, strict=True)]
        if any(one is None for one in found):
            continue
        names = {name: value for one in found if one for name, value in one.items()}
        below = list(_below(paths, number))
        lines = [one[-1] for one in below if len(one) == depth + 1]
        has = [any(seeking.found(pattern, line) for line in lines) for pattern in wanted.having]
        has_not = [any(seeking.found(pattern, line) for line in lines) for pattern in wanted.not_having]
        if all(has) and not any(has_not):
            yield _Section(path, below, names)


def _defining(section: _Section, line: Line, groups: Sequence[Path]) -> _Section:
    """Return a section with what groups define, where that is what a text asks for, and not what it comes to."""
    return replace(section, paths=[*section.paths, *groups]) if groups and _GROUPS.search(line.text) else section


def _near(section: _Section, line: Line, names: Sequence[each.Names], index: each.Index) -> _Section:
    """Return a section with those lines alone that a pattern may stand in with one of these names."""
    if not line.pattern:
        return section
    places = sorted({place for one in names for place in index.near(line.pattern, one)})
    return replace(section, paths=[section.paths[place] for place in places])


def _below(paths: Sequence[Path], number: int) -> Iterator[Path]:
    depth = len(paths[number])
    for path in paths[number + 1 :]:
        if len(path) <= depth:
            return
        yield path


def _must(
    lines: Sequence[Line], section: _Section, anywhere: bool, platform: str | None, trees: Trees, seeking: Seeking,
    told: _Told,
) -> None:  # fmt: skip
    """Look for a line: of the thing itself, or of one it inherits from."""
    line, *others = lines
    told.wanted.append(_entry((*section.above, str(line))))
    for block in _blocks(line, platform, trees):
        found = _like(line, block, section, section.paths if anywhere else section.direct, seeking)
        for other in others:
            found += [
                path
                for one in _blocks(other, platform, trees)
                for path in _like(other, one, section, section.paths if anywhere else section.direct, seeking)
            ]
        told.found += found
        count = _count(line, found, seeking)
        if count < line.least:
            more = f" ({count} of at least {line.least})" if line.least > 1 else ""
            told.missing.append(_entry((*section.above, *block)) + more)
            deeper = [path for path in _like(line, block, section, section.paths, seeking) if path not in found]
            told.elsewhere += [_entry(path) for path in deeper[:1]]
            if line.text:
                told.add.append((*section.above, *block))
            else:
                told.guessed = True
        elif line.most is not None and count > line.most:
            told.extra += found[line.most :]


def _count(line: Line, found: Sequence[Path], seeking: Seeking) -> int:
    """Return how many there are; of a pattern that names a part, how many different ones."""
    if not patterns.groups(line.pattern):
        return len(found)
    return len({tuple((each.named(line.pattern, path[-1], seeking) or {}).items()) for path in found})


def _must_not(
    line: Line, section: _Section, ignore: Sequence[str], platform: str | None, trees: Trees, seeking: Seeking,
    told: _Told,
) -> None:  # fmt: skip
    for block in _blocks(line, platform, trees):
        found = _like(line, block, section, section.paths, seeking)
        told.extra += [path for path in found if not any(seeking.found(one, path[-1]) for one in ignore)]


def _blocks(line: Line, platform: str | None, trees: Trees) -> Sequence[Path]:
    """Return what a text means: itself, or each line of it that has none beneath, below those above."""
    if not line.text:
        return [(f"/{line.pattern}/",)]
    if "\n" not in line.text.strip():
        return [(" ".join(line.text.split()),)]
    return remedy.leaves(trees.written(platform, line.text))


def _like(line: Line, block: Path, section: _Section, among: Iterable[Path], seeking: Seeking) -> list[Path]:
    if line.pattern:
        return [path for path in among if seeking.found(line.pattern, path[-1])]
    depth = len(section.above)
    if len(block) > 1:  # a block stands directly beneath, as it is written
        return [path for path in section.paths if path[depth:] == block]
    return [path for path in among if path[-1] == block[0]]


def _finding(wanted: Contains, platform: str | None, told: _Told) -> Finding:
    missing, extra = list(dict.fromkeys(told.missing)), list(dict.fromkeys(told.extra))
    lines = list(dict.fromkeys(told.wanted))
    found = [_entry(path) for path in dict.fromkeys(told.found)][:_SHOWN]
    if not missing and not extra:
        return Finding.passed(wanted=lines[:_SHOWN], found=found)
    why = []
    if missing:
        why.append(f"{len(missing)} of the lines it must have {'is' if len(missing) == 1 else 'are'} missing")
    if extra:
        why.append(f"{len(extra)} {'line is' if len(extra) == 1 else 'lines are'} there that must not be")
    if told.elsewhere:
        below = told.elsewhere[0].replace("\n", " / ")
        why.append(f"found only deeper, as {below}: say `within`")
    remediation = "" if told.guessed and not (told.add or extra) else remedy.for_lines(platform, told.add, extra)
    return Finding.failed(
        "; ".join(why),
        wanted=lines,
        found=found,
        missing=missing,
        extra=[_entry(path) for path in extra],
        remediation=remediation,
    )


def _named(wanted: Contains) -> str:
    having = [f"with /{one}/" for one in wanted.having] + [f"without /{one}/" for one in wanted.not_having]
    things = [wanted.each] if wanted.each else []
    return " ".join([" / ".join(f"/{one}/" for one in (*wanted.within, *things)), *having])


def _entry(path: Path) -> str:
    return "\n".join(path)
