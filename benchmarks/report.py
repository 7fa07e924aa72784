"""How figures are shown: tables for people, Markdown for the documentation, JSON for programs."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure, Goal, Row

COLUMNS = ("what", "against", "ours", "theirs", "ratio", "goal", "")
NUMBERS = frozenset({"ours", "theirs", "ratio", "goal"})
COLOURS = {"meets": "green", "misses": "red", "": ""}


def show(console: Console, row: Row) -> None:
    """Print one row as a table."""
    console.print(f"\n[bold]{row.name}[/bold]  {row.sentence}")
    if row.figures:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for column in COLUMNS:
            table.add_column(column, justify="right" if column in NUMBERS else "left", overflow="fold")
        for figure in row.figures:
            table.add_row(*_cells(figure), style=COLOURS[figure.verdict])
        console.print(table)
    for note in row.notes:
        console.print(note)


def markdown(machine: str, rows: Sequence[Row]) -> str:
    """Return the tables as the documentation holds them, between its two markers."""
    return "\n".join(_lines(machine, rows))


def data(machine: str, rows: Sequence[Row]) -> dict[str, Any]:
    """Return everything that was measured."""
    return {"machine": machine, "rows": [_row(row) for row in rows]}


def _lines(machine: str, rows: Sequence[Row]) -> Iterator[str]:
    yield f"{machine}."
    for row in rows:
        yield from ("", f"**{row.name}**: {row.sentence}", "")
        if row.figures:
            yield f"| {' | '.join(COLUMNS)} |"
            yield f"|{'|'.join('--:' if column in NUMBERS else '---' for column in COLUMNS)}|"
        for figure in row.figures:
            *cells, verdict = _cells(figure)
            yield f"| {' | '.join([*cells, f'**{verdict}**' if verdict == 'misses' else verdict])} |"
        for note in row.notes:
            yield from ("", note)


def _row(row: Row) -> dict[str, Any]:
    figures = [{**asdict(figure), "verdict": figure.verdict or None} for figure in row.figures]
    return {**asdict(row), "figures": figures}


def _cells(figure: Figure) -> list[str]:
    spread = f"{_number(figure.ratio)}x ({_number(figure.least)}–{_number(figure.most)})"
    return [
        figure.what,
        figure.against,
        f"{_number(figure.ours)} {figure.unit}",
        f"{_number(figure.theirs)} {figure.unit}",
        spread,
        _goal(figure.goal, figure.unit),
        figure.verdict,
    ]


def _goal(goal: Goal | None, unit: str) -> str:
    if goal is None:
        return ""
    return f"{goal.sense} {goal.bound:g}{'x' if goal.of == 'ratio' else f' {unit}'}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
