"""What checks found, for people: violations first, devices of which the same is true together."""

from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from itertools import groupby

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from netpulse_core.cli import report, wording
from netpulse_core.cli.screen import clean, table
from netpulse_core.model.check import Finding, FindingVerdict, Severity
from netpulse_core.model.outcome import GOOD
from netpulse_core.model.run import Job, Run

type Found = Mapping[str, Sequence[Finding]]


class Compliance(IntEnum):
    """What the exit code says."""

    COMPLIANT = 0
    NOT_JUDGED = 3
    VIOLATED = 4


EXITS = """Exit codes, besides those of `netpulse run`:

0  every device was judged, and complies

3  no violation was found, and something could not be judged: a device, or by a check

4  at least one check failed"""

_STYLES = {"fail": "bold red", "error": "magenta", "warn": "yellow", "not_applicable": "dim", "pass": "green"}
_SEVERITIES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "dim"}
_JUDGED = frozenset({FindingVerdict.FAIL, FindingVerdict.WARN, FindingVerdict.PASS})
_ORDER = [*FindingVerdict]
_WORST_FIRST = [*reversed(Severity)]


def exit_code(jobs: Sequence[Job], found: Found) -> Compliance:
    """Return what a run is worth; a violation that was found is one, whatever else could not be judged."""
    if any(one.verdict is FindingVerdict.FAIL for each in found.values() for one in each):
        return Compliance.VIOLATED
    judged = jobs and all(job.outcome in GOOD and _whole(found.get(job.device, ())) for job in jobs)
    return Compliance.COMPLIANT if judged else Compliance.NOT_JUDGED


def severity(value: str) -> Text:
    """Return a severity in its colour."""
    return Text(value, style=_SEVERITIES.get(value, ""))


def told(run: Run, jobs: Sequence[Job], found: Found) -> Iterator[RenderableType]:
    """Yield what was found: a line, a table, and the lines by which devices do not comply."""
    yield _headline(run, jobs, found)
    yield ""
    groups = _grouped(found)
    yield _table(groups, jobs, found)
    for one, devices in groups:
        if one.verdict in (FindingVerdict.FAIL, FindingVerdict.WARN):
            yield from _evidence(one, devices)


def _whole(found: Sequence[Finding]) -> bool:
    """Whether a device was judged by at least one check, and by each that is for it."""
    verdicts = {one.verdict for one in found}
    return bool(verdicts & _JUDGED) and FindingVerdict.ERROR not in verdicts


def _headline(run: Run, jobs: Sequence[Job], found: Found) -> Text:
    violated = {device for device, each in found.items() if any(one.verdict is FindingVerdict.FAIL for one in each)}
    whole = {job.device for job in jobs if job.outcome in GOOD and _whole(found.get(job.device, ()))} - violated
    line = Text.assemble(("run ", "dim"), (run.id, "bold"), f"  {wording.count(len(jobs), 'device')}")
    for number, words, style in (
        (len(violated), "with violations", "bold red"),
        (len(jobs) - len(violated) - len(whole), "not judged, or not by every check", "magenta"),
        (len(whole), "compliant", "green"),
    ):
        if number:
            line.append(f"  {number:,} {words}", style=style)
    return line


def _grouped(found: Found) -> list[tuple[Finding, list[str]]]:
    """Return each finding with the devices of which it is true, what needs a person first."""
    groups: dict[tuple[object, ...], tuple[Finding, list[str]]] = {}
    for device, each in found.items():
        for one in each:
            groups.setdefault(_same(one), (one, []))[1].append(device)
    return sorted(
        groups.values(),
        key=lambda group: (
            _ORDER.index(group[0].verdict),
            _WORST_FIRST.index(group[0].severity),
            group[0].check,
            group[1],
        ),
    )


def _same(one: Finding) -> tuple[object, ...]:
    if one.verdict is FindingVerdict.PASS:
        return (one.check, one.version, one.verdict)
    lines = (one.wanted, one.found, one.missing, one.extra, one.remediation)
    return (one.check, one.version, one.verdict, one.why, *lines)


def _table(groups: Sequence[tuple[Finding, list[str]]], jobs: Sequence[Job], found: Found) -> Table:
    shown = table("VERDICT", "SEVERITY", "CHECK", "DEVICES", "WHY", whole=(0, 1))
    unjudged = [job for job in jobs if job.outcome not in GOOD or job.device not in found]
    nowhere = [name for name, each in found.items() if {one.verdict for one in each} <= {FindingVerdict.NOT_APPLICABLE}]
    for verdict, same in groupby(groups, key=lambda group: group[0].verdict):
        if verdict is not FindingVerdict.FAIL:
            _without_verdict(shown, unjudged, nowhere)
            unjudged, nowhere = [], []
        for one, devices in same:
            shown.add_row(
                Text(verdict.value, style=_STYLES[verdict]),
                severity(one.severity),
                clean(one.check),
                clean(wording.names(devices)),
                clean(one.why),
            )
    _without_verdict(shown, unjudged, nowhere)
    return shown


def _without_verdict(shown: Table, jobs: Sequence[Job], nowhere: Sequence[str]) -> None:
    for job in jobs:
        shown.add_row(report.word(job.outcome or job.state), "", "", job.device, clean(report.why(job)))
    if nowhere:
        words = Text("not judged", style=_STYLES["error"])
        shown.add_row(words, "", "", clean(wording.names(nowhere)), "none of these checks is for it")


def _evidence(one: Finding, devices: Sequence[str]) -> Iterator[RenderableType]:
    shown = wording.names(devices)
    yield Text.assemble("\n", (clean(one.check), "bold cyan"), (f"  {clean(shown)}", "bold"), f"  {clean(one.why)}")
    for word, texts, style in (
        ("found", () if one.missing or one.extra else one.found, ""),
        ("extra", one.extra, "red"),
        ("missing", one.missing, "yellow"),
        ("remedy", [one.remediation] if one.remediation else [], "green"),
    ):
        for text in texts:
            first, *rest = clean(text).splitlines() or [""]
            yield Text.assemble((f"  {word:<8}", "dim"), (first, style))
            yield from (Text(f"{'':10}{line}", style=style) for line in rest)
