"""What became of a run, for people: a line, a table of devices, and outputs with the devices that gave them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import unified_diff
from itertools import groupby
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from netpulse_core.cli import wording
from netpulse_core.cli.screen import clean
from netpulse_core.cli.sheet import Sheet
from netpulse_core.model.outcome import GOOD, Outcome, Verdict
from netpulse_core.model.run import Job, OutputGroup, Run, Step
from netpulse_core.model.state import JobState

_SHORT = 12
"""Lines of an output shown before it is cut."""

_OTHERS = 2
"""Outputs shown beside the commonest before the rest is counted."""

_COMPARABLE = 2000
"""Lines up to which two outputs are compared: longer ones would take seconds."""

_STYLES: Mapping[str, str] = {
    **dict.fromkeys(("ok", "success"), "green"),
    "changed": "bold green",
    **dict.fromkeys(("in_doubt", "needs_operator"), "bold magenta"),
    **dict.fromkeys(("blocked", "skipped", "cancelled", "expired", "mixed", "waiting"), "yellow"),
    **dict.fromkeys(("running", "pushing"), "cyan"),
    "queued": "dim",
}


def word(value: str | None) -> Text:
    """Return an outcome, verdict or state in its colour; what is not known to be good is red."""
    return Text(str(value or ""), style=_STYLES.get(str(value), "red") if value else "")


def headline(run: Run) -> Text:
    """Return a run in one line."""
    line = Text.assemble(("run ", "dim"), (run.id, "bold"), "  ", run.runbook, ("  on  ", "dim"), clean(run.target))
    if run.repeats:
        line.append(f"  repeats run {run.repeats}", style="dim")
    line.append("\n")
    if run.override_window is not None:
        line.append(f"passes maintenance windows: {clean(run.override_window)}\n", style="bold yellow")
    line.append_text(word(run.verdict or "running"))
    for outcome, count in run.counts.items():
        if count:
            line.append("  ")
            line.append_text(word(outcome))
            line.append(f" {count:,}")
    if not run.finished:
        line.append(f"  {wording.count(run.unfinished, 'device')} to go", style="dim")
    if run.finished_at is not None:
        line.append(f"  in {wording.seconds(run.finished_at - run.accepted_at)}", style="dim")
    if run.verdict is Verdict.MISSED:
        line.append(f"\nnobody ran it: netpulse schedules show {run.schedule}", style="yellow")
    if run.outputs_removed_at is not None:
        since = wording.instant(run.outputs_removed_at)
        line.append(f"\nits outputs are no longer kept, since {since}", style="yellow")
    return line


def jobs_table(jobs: Sequence[Job]) -> Sheet:
    """Return the devices of a run, each with what became of it."""
    shown = devices_sheet("OUTCOME")
    for job in jobs:
        shown.add_row(
            job.device,
            word(job.outcome or job.state),
            str(job.attempt or ""),
            took(job),
            "diagnostic" if job.diagnostic else {True: "reused", False: "opened", None: ""}[job.session_reused],
            clean(why(job)),
        )
    return shown


def devices_sheet(what: str) -> Sheet:
    """Return an empty table of devices: what is with each, its try, how long it took, on what session, and why."""
    return Sheet("DEVICE", what, "TRY", "SECONDS", "SESSION", "WHY", right=(2, 3), whole=(0, 1, 4), spare=(2, 3, 4))


def took(job: Job) -> str:
    """Return how long the last attempt took."""
    if job.claimed_at is None or job.finished_at is None:
        return ""
    return f"{job.finished_at - job.claimed_at:.2f}"


def why(job: Job) -> str:
    """Return why a job is not good, or why it waits."""
    said = "" if job.problem is None else job.problem.message.removeprefix(f"{job.device}: ")
    waits = job.waiting_for if job.state is JobState.QUEUED or not said else ""
    if not waits or waits == said:
        return said
    return f"waits: {waits} (before: {said})" if said else f"waits: {waits}"


def finished(run: Run, jobs: Sequence[Job], groups: Sequence[OutputGroup], netpulse: str) -> Iterator[RenderableType]:
    """Yield a run with its devices and its outputs, the long ones cut; `netpulse` is how this program is typed."""
    yield headline(run)
    yield ""
    yield jobs_table(jobs)
    yield from hints(jobs)
    yield from digest(groups, run.id, netpulse)


def hints(jobs: Sequence[Job]) -> Iterator[Text]:
    """Yield what to do next, once for each kind of problem: the first device stands for the others of its kind."""
    first: dict[str, Job] = {}
    for job in jobs:
        if job.problem is not None and job.problem.hint:
            first.setdefault(job.problem.kind, job)
    for number, job in enumerate(first.values()):
        assert job.problem is not None
        yield Text.assemble("" if number else "\n", ("hint: ", "bold"), f"{job.device}: ", clean(job.problem.hint))


def digest(groups: Sequence[OutputGroup], run: str, netpulse: str) -> Iterator[RenderableType]:
    """Yield the outputs command by command: the commonest, and how the next ones differ from it."""
    for label, same in groupby(groups, key=lambda group: group.label):
        first, *others = list(same)
        yield _heading(label, [first, *others])
        yield _devices(first)
        lines = _lines(first.body)
        yield from _cut(lines, f"{netpulse} show {run} {first.devices[0]}")
        for group in others[:_OTHERS]:
            own = _lines(group.body)
            differing = _difference(lines, own)
            compared = "" if differing == own else f"  beside {first.devices[0]}"
            yield _devices(group).append(compared, style="dim")
            yield from _cut(differing, f"{netpulse} show {run} {group.devices[0]}")
        if len(others) > _OTHERS:
            rest = wording.count(len(others) - _OTHERS, "more output")
            yield Text(f"  {rest}: {netpulse} show {run} --groups", style="dim")


def outputs(groups: Sequence[OutputGroup]) -> Iterator[RenderableType]:
    """Yield every different output in full, with all devices that gave it."""
    for label, same in groupby(groups, key=lambda group: group.label):
        answers = list(same)
        yield _heading(label, answers)
        for group in answers:
            yield Text(f"  {', '.join(group.devices)}", style="bold")
            yield from _indented(_lines(group.body))


def _heading(label: str, answers: Sequence[OutputGroup]) -> Text:
    devices = wording.count(sum(len(group.devices) for group in answers), "device")
    said = f"{len(answers)} different outputs from {devices}" if len(answers) > 1 else f"the same from {devices}"
    return Text.assemble("\n", (clean(label), "bold cyan"), (f"  {said}", "dim"))


def _devices(group: OutputGroup) -> Text:
    return Text(f"  {wording.names(group.devices)}", style="bold")


def _lines(value: Any) -> list[str]:
    if pushed := _pushed(value):
        text = "\n".join(pushed)
    else:
        text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    return clean(text).strip("\n").expandtabs().splitlines() or ["(nothing)"]


def _pushed(value: Any) -> list[str]:
    """Return configuration lines as they are typed, with what the device answered below; nothing for other results."""
    if not isinstance(value, dict) or value.keys() != {"lines", "committed"} or not isinstance(value["lines"], list):
        return []
    if any(not isinstance(one, dict) or one.keys() != {"line", "answer"} for one in value["lines"]):
        return []
    shown = []
    for one in value["lines"]:
        shown += [str(one["line"]), *(f"  -> {answer}" for answer in str(one["answer"]).splitlines())]
    return [*shown, *(f"  -> {answer}" for answer in str(value["committed"]).splitlines())]


def _difference(one: list[str], other: list[str]) -> list[str]:
    """Return the lines that are gone and those that came, or the other whole where that says it better."""
    if max(len(one), len(other)) > _COMPARABLE:
        return other
    changes = [line for line in unified_diff(one, other, n=0, lineterm="") if not line.startswith(("---", "+++", "@@"))]
    return changes if len(changes) < len(other) else other


def _cut(lines: list[str], more: str) -> Iterator[RenderableType]:
    shown = lines if len(lines) <= _SHORT + 1 else lines[:_SHORT]
    yield from _indented(shown)
    if len(shown) < len(lines):
        yield Text(f"    {len(lines) - len(shown):,} more lines: {more}", style="dim")


def _indented(lines: Sequence[str]) -> Iterator[RenderableType]:
    for line in lines:
        yield Text(f"    {line}".rstrip())


def steps(job: Job, found: Sequence[Step]) -> Iterator[RenderableType]:
    """Yield all that one device answered."""
    for step in found:
        mark = word("failed" if step.failed else "changed" if step.changed else "ok")
        took = (f"  {wording.seconds(step.elapsed) if step.age is None else wording.old(step.age)}", "dim")
        yield Text.assemble("\n", (clean(step.label), "bold cyan"), "  ", mark, took)
        if step.body is not None:
            yield from _indented(_lines(step.body))
        if step.diff:
            yield from _indented(_lines(step.diff))
        if step.error and step.error not in str(step.body):
            yield Text(f"    {clean(step.error.strip().splitlines()[-1])}", style="red")
    if job.problem is not None:
        yield Text.assemble("\n", ("why: ", "bold"), clean(job.problem.message))
        if job.problem.hint:
            yield Text.assemble(("hint: ", "bold"), clean(job.problem.hint))


def good(outcome: Outcome | None) -> bool:
    """Whether a person need not look at it."""
    return outcome in GOOD


def runs_table(runs: Sequence[Run]) -> Sheet:
    """Return runs, one a line."""
    heads = ("RUN", "VERDICT", "RUNBOOK", "TARGET", "DEVICES", "GOOD", "ACCEPTED", "BY")
    shown = Sheet(*heads, right=(4, 5), whole=(0, 1), spare=(7, 6, 5, 4, 2), free=3)
    for run in runs:
        fine = sum(count for outcome, count in run.counts.items() if good(outcome))
        verdict: Verdict | str = run.verdict or f"{run.devices - run.unfinished}/{run.devices}"
        shown.add_row(
            run.id,
            word(verdict) if run.verdict else Text(verdict, style="cyan"),
            run.runbook,
            clean(run.target),
            f"{run.devices:,}",
            f"{fine:,}",
            wording.instant(run.accepted_at),
            run.caller,
        )
    return shown
