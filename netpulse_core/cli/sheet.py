"""A table with one column of free text: on a narrow terminal columns that matter less make room for it."""

from collections.abc import Iterator, Sequence

from rich.console import Console, ConsoleOptions
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from netpulse_core.cli.screen import UNBOUNDED, table

LEAST = 12
"""Columns a free text is given at least: narrower than that, it is a word or less a line."""

GAP = 2
"""Columns between two of a table."""

Cell = str | Text


class Sheet:
    """Rows beneath headings; those of `spare` are left out, the first of them first, where the free one gets no room.

    `free` is the column that is folded, else the last, while the others stay whole; it is given `least` columns.
    """

    def __init__(
        self,
        *headings: str,
        right: Sequence[int] = (),
        whole: Sequence[int] = (0,),
        spare: Sequence[int] = (),
        free: int | None = None,
        least: int = LEAST,
    ) -> None:
        self._headings, self._right, self._whole, self._spare = headings, right, whole, spare
        self._free, self._least = len(headings) - 1 if free is None else free, least
        self._rows: list[tuple[Cell, ...]] = []

    def add_row(self, *cells: Cell) -> None:
        """Add a line, one cell a heading."""
        self._rows.append(cells)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table]:
        columns = range(len(self._headings))
        if options.max_width >= UNBOUNDED:  # to measure thousands of rows takes as long as to write them
            yield self._of(columns)
            return
        widest = console.options.update(max_width=UNBOUNDED)
        wide = [Measurement.get(console, widest, self._of([number])).maximum for number in columns]
        others = [number for number in columns if number != self._free]
        left = options.max_width - min(self._least, wide[self._free])
        spare = list(self._spare)
        while spare and sum(wide[number] + GAP for number in others) > left:
            others.remove(spare.pop(0))
        shown = self._of(sorted([*others, self._free]))
        if sum(wide[number] + GAP for number in others) <= left:
            self._keep_whole(shown)
        yield shown

    def _keep_whole(self, shown: Table) -> None:
        """Have the free column alone make room: others that are wide too would be folded with it."""
        for column in shown.columns:
            column.no_wrap = column.header != self._headings[self._free]

    def _of(self, columns: Sequence[int]) -> Table:
        def among(numbers: Sequence[int]) -> list[int]:
            return [place for place, number in enumerate(columns) if number in numbers]

        made = table(
            *(self._headings[number] for number in columns), right=among(self._right), whole=among(self._whole)
        )
        for row in self._rows:
            made.add_row(*(row[number] for number in columns))
        return made
