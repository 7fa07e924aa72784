"""A table whose last column says why: on a narrow terminal columns that matter less make room for it."""

from collections.abc import Iterator, Sequence

from rich.console import Console, ConsoleOptions
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from netpulse_core.cli.screen import table

LEAST = 12
"""Columns a reason is given at least: narrower than that, it is a word or less a line."""

GAP = 2
"""Columns between two of a table."""

Cell = str | Text


class Sheet:
    """Rows beneath headings; those of `spare` are left out, the first of them first, where the last gets no room."""

    def __init__(
        self, *headings: str, right: Sequence[int] = (), whole: Sequence[int] = (0,), spare: Sequence[int] = ()
    ) -> None:
        self._headings, self._right, self._whole, self._spare = headings, right, whole, spare
        self._rows: list[tuple[Cell, ...]] = []

    def add_row(self, *cells: Cell) -> None:
        """Add a line, one cell a heading."""
        self._rows.append(cells)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table]:
        *before, last = range(len(self._headings))
        widest = console.options.update(max_width=10_000)
        wanted = GAP + min(LEAST, Measurement.get(console, widest, self._of([last])).maximum)
        spare = list(self._spare)
        while spare and Measurement.get(console, widest, self._of(before)).maximum + wanted > options.max_width:
            before.remove(spare.pop(0))
        yield self._of([*before, last])

    def _of(self, columns: Sequence[int]) -> Table:
        def among(numbers: Sequence[int]) -> list[int]:
            return [place for place, number in enumerate(columns) if number in numbers]

        made = table(
            *(self._headings[number] for number in columns), right=among(self._right), whole=among(self._whole)
        )
        for row in self._rows:
            made.add_row(*(row[number] for number in columns))
        return made
