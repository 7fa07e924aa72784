"""An index of templates as TextFSM's clitable reads it: which template fits a command on a platform."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_COMPLETED = re.compile(r"(\[\[.+?\]\])")


class Row(NamedTuple):
    """One line of an index; `templates` are merged where there are several."""

    templates: tuple[str, ...]
    platform: str
    command: str
    line: int


class Index:
    """The rows of an index, those of a platform looked up once."""

    def __init__(self, text: str) -> None:
        self._rows = list(_rows(text))
        self._of: dict[str, list[tuple[Row, re.Pattern[str]]]] = {}

    def find(self, platform: str, command: str) -> Row | None:
        """Return the first row whose patterns match, abbreviations included; raise re.error for a wrong pattern."""
        if platform not in self._of:
            fitting = (row for row in self._rows if not row.platform or re.match(row.platform, platform))
            self._of[platform] = [(row, re.compile(_completed(row.command))) for row in fitting]
        return next((row for row, pattern in self._of[platform] if pattern.match(command)), None)


def _rows(text: str) -> Iterator[Row]:
    """Yield the rows; as there, a line whose cells are not as many as the heading's is left out."""
    header: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#") or not line.strip():
            continue
        cells = [cell.strip() for cell in line.split(",")]
        if not header:
            header = cells
        elif len(cells) == len(header):
            row = dict(zip(header, cells, strict=True))
            yield Row(tuple(row["Template"].split(":")), row.get("Platform", ""), row.get("Command", ""), number)


def _completed(command: str) -> str:
    """Write `sh[[ow]]` as the pattern it stands for: `sh(o(w)?)?`."""

    def letters(match: re.Match[str]) -> str:
        word = match[0][2:-2]
        return "(" + "(".join(word) + ")?" * len(word)

    return _COMPLETED.sub(letters, command)
