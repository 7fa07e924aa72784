"""What changed between two versions of a configuration, each line with the lines it stands beneath."""

import difflib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

Path = tuple[str, ...]


class Changed(NamedTuple):
    """The lines of a configuration that came and went, each as the way down to it."""

    added: tuple[Path, ...]
    removed: tuple[Path, ...]


def paths(text: str) -> list[Path]:
    """Return each line with those it stands beneath, by their indentation."""
    found: list[Path] = []
    above: list[tuple[int, str]] = []
    for line in text.splitlines():
        if not line.strip():
            continue
        depth = len(line) - len(line.lstrip())
        while above and above[-1][0] >= depth:
            above.pop()
        above.append((depth, line.strip()))
        found.append(tuple(one for _, one in above))
    return found


def changed(before: str, after: str) -> Changed:
    """Return what came and what went."""
    old, new = paths(before), paths(after)
    added: list[Path] = []
    removed: list[Path] = []
    for tag, a, b, c, d in _matcher(old, new).get_opcodes():
        if tag != "equal":
            removed += old[a:b]
            added += new[c:d]
    return Changed(tuple(added), tuple(removed))


def unified(before: str, after: str, *, names: tuple[str, str], context: int = 3) -> str:
    """Return a unified diff; a hunk is headed by the lines that its first one stands beneath."""
    old, new = before.splitlines(), after.splitlines()
    above = _above(old)
    lines: list[str] = []
    for group in _matcher(old, new).get_grouped_opcodes(context):
        if not lines:
            lines += [f"--- {names[0]}", f"+++ {names[1]}"]
        lines += _hunk(group, old, new, above)
    return "".join(f"{line}\n" for line in lines)


def _hunk(
    group: Sequence[tuple[str, int, int, int, int]], old: list[str], new: list[str], above: list[Path]
) -> Iterator[str]:
    first, last = group[0], group[-1]
    begin = first[1]
    heading = " > ".join(above[begin]) if begin < len(above) else ""
    spans = _span(first[1], last[2]), _span(first[3], last[4])
    yield f"@@ -{spans[0]} +{spans[1]} @@{f' {heading}' if heading else ''}"
    for tag, a, b, c, d in group:
        if tag == "equal":
            yield from (f" {line}" for line in old[a:b])
            continue
        yield from (f"-{line}" for line in old[a:b])
        yield from (f"+{line}" for line in new[c:d])


def _span(begin: int, end: int) -> str:
    length = end - begin
    if length == 1:
        return str(begin + 1)
    return f"{begin + bool(length)},{length}"


def _above(lines: Sequence[str]) -> list[Path]:
    """Return for each line those that it stands beneath."""
    found: list[Path] = []
    above: list[tuple[int, str]] = []
    for line in lines:
        depth = len(line) - len(line.lstrip())
        while line.strip() and above and above[-1][0] >= depth:
            above.pop()
        found.append(tuple(one for _, one in above))
        if line.strip():
            above.append((depth, line.strip()))
    return found


def _matcher[T: (str, Path)](old: Sequence[T], new: Sequence[T]) -> difflib.SequenceMatcher[T]:
    return difflib.SequenceMatcher(None, old, new, autojunk=False)
