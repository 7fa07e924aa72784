"""What became of a run, for people: a line, a table of devices, and outputs with the devices that gave them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from netpulse_core.cli import wording
from netpulse_core.cli.screen import clean, table
from netpulse_core.model.outcome import GOOD, Outcome, Verdict
from netpulse_core.model.run import Job, OutputGroup, Run, Step

SHORT = 12
"""Lines of an output shown before it is cut."""

_GROUPS = 3
"""Different outputs of one command shown before the rest is counted."""

_STYLES: Mapping[str, str] = {
    **dict.fromkeys(("ok", "success"), "green"),
    "changed": "bold green",
    **dict.fromkeys(("in_doubt", "needs_operator"), "bold magenta"),
    **dict.fromkeys(("blocked", "skipped", "cancelled", "expired", "mixed"), "yellow"),
    **dict.fromkeys(("running", "pushing"), "cyan"),
    "queued": "dim",
}


def word(value: str | None) -> Text:
    """Return an outcome, verdict or state in its colour; what is not known to be good is red."""
    return Text(str(value or ""), style=_STYLES.get(str(value), "red") if value else "")


def headline(run: Run) -> Text:
    """Return a run in one line."""
    line = Text.assemble(("run ", "dim"), (run.id, "bold"), "  ", run.runbook, ("  on  ", "dim"), clean(run.target))
    line.append("\n")
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
    return line


def jobs_table(jobs: Sequence[Job]) -> Table:
    """Return the devices of a run, each with what became of it."""
    shown = table("DEVICE", "OUTCOME", "TRY", "SECONDS", "SESSION", "WHY", right=(2, 3), whole=(0, 1, 4))
    for job in jobs:
        shown.add_row(
            job.device,
            word(job.outcome or job.state),
            str(job.attempt or ""),
            took(job),
            {True: "reused", False: "opened", None: ""}[job.session_reused],
            clean(why(job)),
        )
    return shown


def took(job: Job) -> str:
    """Return how long the last attempt took."""
    if job.claimed_at is None or job.finished_at is None:
        return ""
    return f"{job.finished_at - job.claimed_at:.2f}"


def why(job: Job) -> str:
    """Return why a job is not good, or why it waits."""
    if job.problem is None:
        return job.waiting_for
    return job.problem.message.removeprefix(f"{job.device}: ")


def groups(found: Sequence[OutputGroup], run: str, *, whole: bool = False) -> Iterator[RenderableType]:
    """Yield outputs command by command, equal ones once; unless `whole`, long and many ones are cut with a hint."""
    for label, same in groupby(found, key=lambda group: group.label):
        answers = list(same)
        devices = sum(len(group.devices) for group in answers)
        said = f"the same from {wording.count(devices, 'device')}"
        if len(answers) > 1:
            said = f"{len(answers)} different outputs from {wording.count(devices, 'device')}"
        yield Text.assemble("\n", (clean(label), "bold cyan"), (f"  {said}", "dim"))
        for group in answers if whole else answers[:_GROUPS]:
            yield Text(f"  {wording.names(group.devices, len(group.devices) if whole else 6)}", style="bold")
            yield from body(group.body, f"show {run} {group.devices[0]}", whole=whole)
        if not whole and len(answers) > _GROUPS:
            rest = wording.count(len(answers) - _GROUPS, "more output")
            yield Text(f"  {rest}: netpulse show {run} --groups", style="dim")


def body(value: Any, more: str, *, whole: bool = False) -> Iterator[RenderableType]:
    """Yield an output, indented; `more` is the command that shows all of it."""
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    lines = clean(text).strip("\n").expandtabs().splitlines()
    shown = lines if whole or len(lines) <= SHORT + 1 else lines[:SHORT]
    yield from _indented("\n".join(shown))
    if len(shown) < len(lines):
        yield Text(f"    {len(lines) - len(shown):,} more lines: netpulse {more}", style="dim")


def _indented(text: str) -> Iterator[RenderableType]:
    if text:
        yield Padding(Text(text, overflow="fold"), (0, 0, 0, 4), expand=False)


def steps(job: Job, found: Sequence[Step]) -> Iterator[RenderableType]:
    """Yield all that one device answered."""
    for step in found:
        mark = word("failed" if step.failed else "changed" if step.changed else "ok")
        took = (f"  {wording.seconds(step.elapsed)}", "dim")
        yield Text.assemble("\n", (clean(step.label), "bold cyan"), "  ", mark, took)
        if step.body is not None:
            yield from body(step.body, "", whole=True)
        if step.diff:
            yield from _indented(clean(step.diff))
        if step.error and step.error not in str(step.body):
            yield Text(f"    {clean(step.error.strip().splitlines()[-1])}", style="red")
    if job.problem is not None:
        yield Text.assemble("\n", ("why: ", "bold"), clean(job.problem.message))
        if job.problem.hint:
            yield Text.assemble(("hint: ", "bold"), clean(job.problem.hint))


def good(outcome: Outcome | None) -> bool:
    """Whether a person need not look at it."""
    return outcome in GOOD


def runs_table(runs: Sequence[Run]) -> Table:
    """Return runs, one a line."""
    shown = table(
        "RUN", "VERDICT", "RUNBOOK", "TARGET", "DEVICES", "GOOD", "ACCEPTED", "BY", right=(4, 5), whole=(0, 1)
    )
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
