"""An index of templates as TextFSM's clitable reads it: which template fits a command on a platform."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from netpulse_core import errors

_COMPLETED = re.compile(r"(\[\[.+?\]\])")


class Row(NamedTuple):
    """One line of an index; `templates` are merged where there are several."""

    templates: tuple[str, ...]
    platform: str
    command: str
    line: int


class Index:
    """The rows of an index, those of a platform looked up once."""

    def __init__(self, text: str, place: str = "") -> None:
        """Take the text of an index; of one with a `place`, each row has to be right, or TemplateFailed is raised."""
        problems = [f"{place}:{line}: {words}" for line, words in _wrong(text)] if place else []
        if problems:
            raise errors.TemplateFailed("the index of templates", problems, hint="`netpulse check` reads it")
        self._rows = list(_rows(text))
        self._of: dict[str, list[tuple[Row, re.Pattern[str]]]] = {}

    def find(self, platform: str, command: str) -> Row | None:
        """Return the first row whose patterns match, abbreviations included."""
        if platform not in self._of:
            fitting = (row for row in self._rows if not row.platform or re.match(row.platform, platform))
            self._of[platform] = [(row, re.compile(_completed(row.command))) for row in fitting]
        return next((row for row, pattern in self._of[platform] if pattern.match(command)), None)


def _rows(text: str) -> Iterator[Row]:
    """Yield the rows; as there, a line whose cells are not as many as the heading's is left out."""
    header: list[str] = []
    for number, cells in _cells(text):
        if not header:
            header = cells
        elif len(cells) == len(header):
            row = dict(zip(header, cells, strict=True))
            yield Row(tuple(row["Template"].split(":")), row.get("Platform", ""), row.get("Command", ""), number)


def _wrong(text: str) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with a line, and which it is: a row that is left out lets another template parse."""
    (first, header), *others = list(_cells(text)) or [(1, [])]
    if not {"Template", "Command"} <= set(header):
        yield first, "no heading with Template and Command"
        return
    for number, cells in others:
        if len(cells) != len(header):
            yield number, f"it has {len(cells)} cells, and the heading {len(header)}; no pattern may have a comma in it"
            continue
        row = dict(zip(header, cells, strict=True))
        for name, pattern in (("Platform", row.get("Platform", "")), ("Command", _completed(row["Command"]))):
            try:
                re.compile(pattern)
            except (re.error, OverflowError, RecursionError) as error:
                yield number, f"the {name.lower()} {row[name]!r} is no pattern: {error}"


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each line that says something."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("#") and line.strip():
            yield number, [cell.strip() for cell in line.split(",")]


def _completed(command: str) -> str:
    """Write `sh[[ow]]` as the pattern it stands for: `sh(o(w)?)?`."""

    def letters(match: re.Match[str]) -> str:
        word = match[0][2:-2]
        return "(" + "(".join(word) + ")?" * len(word)

    return _COMPLETED.sub(letters, command)
