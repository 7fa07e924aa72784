"""Writing a compliance report: on the terminal, or into a file in a form that others read."""

import importlib
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from netpulse_core.cli import findings
from netpulse_core.cli.bar import Bar
from netpulse_core.cli.given import Given
from netpulse_core.compliance.reports import words
from netpulse_core.errors import InvalidParameters
from netpulse_core.model.report import Report
from netpulse_core.model.trend import TOLD, Trend


class Form(StrEnum):
    """How a report is written."""

    TABLE = "table"
    JSON = "json"
    JUNIT = "junit"
    CSV = "csv"
    HTML = "html"
    MD = "md"


AsForm = Annotated[Form, typer.Option("--format", "-f", help="How it is written.")]
Into = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="A file that is written; else standard output.")
]

_HANDED = (Path("/dev"), Path("/dev/fd"))
"""Where the names of what a process was handed are, such as /dev/stdout: perhaps a file that others write to."""

_MODULES = {
    Form.JSON: "document", Form.JUNIT: "junit", Form.CSV: "sheet", Form.HTML: "page", Form.MD: "markdown",
}  # fmt: skip

_STYLES = {Trend.NEW: "bold red", Trend.FIXED: "green", Trend.NEWLY_WAIVED: "cyan", Trend.NEWLY_ERROR: "magenta"}


def write(given: Given, report: Report, form: Form, output: Path | None, bar: Bar, title: str = "") -> None:
    """Write a report; with --json, or without a form, as every command answers."""
    if given.json and form is Form.TABLE:
        form = Form.JSON
    if form is Form.TABLE:
        if output is not None:
            raise InvalidParameters("report", ["a table is for a terminal: say --format with --output"])
        _shown(given, report, bar, title)
        return
    text = written(report, form)
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        _save(output, text)
        given.screen.note(f"written: {output}")


def written(report: Report, form: Form) -> str:
    """Return a report in a form."""
    text: str = importlib.import_module(f"netpulse_core.compliance.reports.{_MODULES[form]}").text(report)
    return text


def _shown(given: Given, report: Report, bar: Bar, said: str) -> None:
    title = Text(said) if report.run is None else Text.assemble(("run ", "dim"), (report.run.id, "bold"))
    away = [
        findings.Away(device, why, Text("not judged", style="magenta")) for device, why in report.not_judged.items()
    ]
    devices = [*report.findings, *(device for device in report.not_judged if device not in report.findings)]
    turns = {
        (row.device, row.finding.check): words.TRENDS[trend]
        for row in report.rows
        if (trend := row.course.trend) is not None and trend in TOLD
    }
    given.screen.say(*findings.shown(title, devices, away, report.findings, bar, turns))
    if report.trend is not None:
        given.screen.say("", _trend(report))


def _trend(report: Report) -> Text:
    line = Text("since the last time:", style="bold")
    told = {one: number for one, number in (report.trend or {}).items() if number}
    for one in Trend:
        if one in told:
            line.append(f"  {told[one]:,} {words.TRENDS[one]}", style=_STYLES.get(one, ""))
    return line if told else line.append("  nothing changed", style="")


def _save(output: Path, text: str) -> None:
    """Write the whole file or none of it: a report that is half there would be taken for one."""
    try:
        if output.exists() and (not output.is_file() or output.parent in _HANDED):
            with output.open("a", encoding="utf-8", newline="") as through:  # a device would be replaced by a file
                through.write(text)
        else:
            _replaced(output.resolve(), text)  # a link stays one
    except OSError as error:
        raise InvalidParameters("output", [f"{output}: {error.strerror}"]) from error


def _replaced(place: Path, text: str) -> None:
    beside = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8", newline="")
        beside.replace(place)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
