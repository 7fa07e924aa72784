"""What checks found, for people: violations first, devices of which the same is true together."""

from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from itertools import groupby
from typing import NamedTuple

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from netpulse_core.cli import report, wording
from netpulse_core.cli.bar import NO_BAR, Bar
from netpulse_core.cli.screen import clean, table
from netpulse_core.errors import Frozen, WindowClosed
from netpulse_core.model.check import Finding, FindingVerdict, Severity
from netpulse_core.model.outcome import GOOD, Outcome
from netpulse_core.model.run import Job, Run

type Found = Mapping[str, Sequence[Finding]]
type Turns = Mapping[tuple[str, str], str]
"""What is not as it was, in a word, by device and check."""

_NOT_FOR = 5
"""Checks that do not apply, up to which each has a row of its own: a library has many, for other platforms."""


class Away(NamedTuple):
    """A device that no check was asked about."""

    device: str
    why: str
    word: Text


class Compliance(IntEnum):
    """What the exit code says."""

    COMPLIANT = 0
    NOT_JUDGED = 3
    VIOLATED = 4
    BLOCKED = 5
    CANCELLED = 130


EXITS = """Exit codes, besides those of `netpulse run`:

0  every device was judged, and complies

3  no violation was found, and something could not be judged: a device, or by a check

4  at least one check failed, of the severity of --fail-on or above, and not in the --baseline

5  no violation was found, and nothing but a window or a freeze kept devices from being judged

130  no violation was found, and the run was cancelled before every device was judged"""

_STYLES = {
    "fail": "bold red",
    "error": "magenta",
    "stale": "magenta",
    "warn": "yellow",
    "waived": "cyan",
    "not_applicable": "dim",
    "pass": "green",
}
_SEVERITIES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "dim", "info": "dim"}
_JUDGED = frozenset({FindingVerdict.FAIL, FindingVerdict.WARN, FindingVerdict.WAIVED, FindingVerdict.PASS})
_UNKNOWN = frozenset({FindingVerdict.ERROR, FindingVerdict.STALE})
_ORDER = [*FindingVerdict]
_WORST_FIRST = [*reversed(Severity)]


def exit_code(jobs: Sequence[Job], found: Found, bar: Bar = NO_BAR) -> Compliance:
    """Return what a run is worth; a violation that was found is one, whatever else could not be judged."""
    unjudged = {job.device: job for job in jobs if job.outcome not in GOOD}
    code = worth({**{job.device: () for job in jobs}, **found}, list(unjudged), bar)
    if code is not Compliance.NOT_JUDGED:
        return code
    if any(job.outcome is Outcome.CANCELLED for job in unjudged.values()):
        return Compliance.CANCELLED
    others = {job.device: found.get(job.device, ()) for job in jobs if job.device not in unjudged}
    stopped = bool(unjudged) and all(map(_stopped, unjudged.values()))
    return Compliance.BLOCKED if stopped and all(map(_whole, others.values())) else code


def worth(found: Found, unjudged: Sequence[str] = (), bar: Bar = NO_BAR) -> Compliance:
    """Return what findings are worth, each device that should have been judged with those it has."""
    if any(bar.counts(device, one) for device, each in found.items() for one in each):
        return Compliance.VIOLATED
    judged = found and not unjudged and all(_whole(each) for each in found.values())
    return Compliance.COMPLIANT if judged else Compliance.NOT_JUDGED


def severity(value: str) -> Text:
    """Return a severity in its colour."""
    return Text(value, style=_SEVERITIES.get(value, ""))


def verdict(value: str) -> Text:
    """Return a verdict in its colour."""
    return Text(value, style=_STYLES.get(value, ""))


def told(run: Run, jobs: Sequence[Job], found: Found, bar: Bar = NO_BAR) -> Iterator[RenderableType]:
    """Yield what a run found: a line, a table, and the lines by which devices do not comply."""
    away = [
        Away(job.device, report.why(job), report.word(job.outcome or job.state))
        for job in jobs
        if job.outcome not in GOOD or job.device not in found
    ]
    yield from shown(Text.assemble(("run ", "dim"), (run.id, "bold")), [job.device for job in jobs], away, found, bar)


def shown(
    title: Text,
    devices: Sequence[str],
    away: Sequence[Away],
    found: Found,
    bar: Bar = NO_BAR,
    turns: Turns = {},  # noqa: B006  never written to
) -> Iterator[RenderableType]:
    """Yield what was found of these devices, of which some were not judged at all."""
    yield _headline(title, devices, away, found)
    yield ""
    groups = _grouped(found, turns)
    yield _table(groups, away, found, bar, turns)
    for one, of in groups:
        if one.verdict in (FindingVerdict.FAIL, FindingVerdict.WARN):
            yield from _evidence(one, of)


def _stopped(job: Job) -> bool:
    """Whether a window or a freeze kept a job from beginning, and not what the device or the site lacks."""
    kinds = (Frozen.__name__, WindowClosed.__name__)
    return job.outcome is Outcome.BLOCKED and job.problem is not None and job.problem.kind in kinds


def _whole(found: Sequence[Finding]) -> bool:
    """Whether a device was judged by at least one check, and by each that is for it."""
    verdicts = {one.verdict for one in found}
    return bool(verdicts & _JUDGED) and not verdicts & _UNKNOWN


def _headline(title: Text, devices: Sequence[str], away: Sequence[Away], found: Found) -> Text:
    violated = {device for device, each in found.items() if any(one.verdict is FindingVerdict.FAIL for one in each)}
    gone = {one.device for one in away}
    whole = {name for name in devices if name not in gone and _whole(found.get(name, ()))} - violated
    line = Text.assemble(title, f"  {wording.count(len(devices), 'device')}")
    for number, words, style in (
        (len(violated), "with violations", "bold red"),
        (len(devices) - len(violated) - len(whole), "not judged, or not by every check", "magenta"),
        (len(whole), "compliant", "green"),
    ):
        if number:
            line.append(f"  {number:,} {words}", style=style)
    return line


def _grouped(found: Found, turns: Turns) -> list[tuple[Finding, list[str]]]:
    """Return each finding with the devices of which it is true, what needs a person first."""
    groups: dict[tuple[object, ...], tuple[Finding, list[str]]] = {}
    for device in sorted(found, key=wording.natural):
        for one in found[device]:
            alike = (*_same(one), turns.get((device, one.check), ""))
            groups.setdefault(alike, (one, []))[1].append(device)
    return sorted(
        groups.values(),
        key=lambda group: (
            _ORDER.index(group[0].verdict),
            (group[1][0], group[0].check) not in turns,
            _WORST_FIRST.index(group[0].severity),
            group[0].check,
            [wording.natural(name) for name in group[1]],
        ),
    )


def _same(one: Finding) -> tuple[object, ...]:
    if one.verdict is FindingVerdict.PASS:
        return (one.check, one.version, one.verdict)
    lines = (one.wanted, one.found, one.missing, one.extra, one.remediation)
    return (one.check, one.version, one.verdict, _why(one), *lines)


def _table(
    groups: Sequence[tuple[Finding, list[str]]], away: Sequence[Away], found: Found, bar: Bar, turns: Turns
) -> Table:
    shown = table("VERDICT", "SEVERITY", "CHECK", "DEVICES", "WHY", whole=(0, 1))
    unjudged = list(away)
    nowhere = [name for name, each in found.items() if {one.verdict for one in each} <= {FindingVerdict.NOT_APPLICABLE}]
    for verdict, each in groupby(groups, key=lambda group: group[0].verdict):
        same = list(each)
        if verdict is not FindingVerdict.FAIL:
            _without_verdict(shown, unjudged, nowhere)
            unjudged, nowhere = [], []
        if verdict is FindingVerdict.NOT_APPLICABLE and len({one.check for one, _ in same}) > _NOT_FOR:
            _not_for_them(shown, same)
            continue
        for one, devices in same:
            shown.add_row(
                _verdict(one, devices, bar, turns.get((devices[0], one.check), "")),
                severity(one.severity),
                clean(one.check),
                clean(wording.names(devices)),
                clean(_why(one)),
            )
    _without_verdict(shown, unjudged, nowhere)
    return shown


def _not_for_them(shown: Table, groups: Sequence[tuple[Finding, list[str]]]) -> None:
    checks = {one.check for one, _ in groups}
    devices = sorted({device for _, each in groups for device in each}, key=wording.natural)
    word = Text(FindingVerdict.NOT_APPLICABLE.value, style=_STYLES[FindingVerdict.NOT_APPLICABLE])
    names = clean(wording.names(devices))
    shown.add_row(word, "", f"{len(checks)} checks", names, "for other platforms, or for what is not there; see --json")


def _without_verdict(shown: Table, away: Sequence[Away], nowhere: Sequence[str]) -> None:
    alike: dict[tuple[str, str], list[Away]] = {}
    for one in wording.by_device(away):
        alike.setdefault((one.word.plain, one.why), []).append(one)
    for (_, why), each in alike.items():  # a site that is down is one row, and not one of each device
        shown.add_row(each[0].word, "", "", clean(wording.names([one.device for one in each])), clean(why))
    if nowhere:
        words = Text("not judged", style=_STYLES["error"])
        shown.add_row(words, "", "", clean(wording.names(nowhere)), "none of these checks is for it")


def _verdict(one: Finding, devices: Sequence[str], bar: Bar, turn: str) -> Text:
    if one.verdict is FindingVerdict.FAIL and all(bar.has(device, one) for device in devices):
        return Text(f"{one.verdict.value}, known", style="dim")
    return Text(f"{one.verdict.value}{f', {turn}' if turn else ''}", style=_STYLES[one.verdict])


def _why(one: Finding) -> str:
    """Return the reason with the waiver of it, which a person decides by."""
    if not one.waiver:
        return one.why
    held = "its waiver ended" if one.waiver["expired"] else "waived until"
    return f"{one.why}; {held} {one.waiver['until']}: {one.waiver['reason']}"


def _evidence(one: Finding, devices: Sequence[str]) -> Iterator[RenderableType]:
    shown = wording.names(devices)
    yield Text.assemble("\n", (clean(one.check), "bold cyan"), (f"  {clean(shown)}", "bold"), f"  {clean(_why(one))}")
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
