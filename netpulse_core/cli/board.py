"""A run while it runs: a bar, and as many devices as the terminal has room for, those at work first."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from netpulse_core.cli import report
from netpulse_core.cli.report import word
from netpulse_core.cli.screen import Screen, clean
from netpulse_core.client import Client
from netpulse_core.model.event import Event, EventKind
from netpulse_core.model.run import FREE_WORKER, OWNER, Job, Run
from netpulse_core.model.state import JobState

_ORDER = {"pushing": 0, "running": 0, "retrying": 1, "waiting": 1, "queued": 3}
"""What is shown first; what has finished stands between what works and what waits."""


@dataclass
class Line:
    """What is known of one device."""

    device: str
    state: str = "queued"
    attempt: int = 0
    began: float | None = None
    took: float | None = None
    session: str = ""
    why: str = ""
    touched: int = 0


class Board:
    """The lines of a run's devices, kept up by its events."""

    def __init__(self, run: Run, jobs: Sequence[Job]) -> None:
        self._run = run
        self._lines = {job.device: _line_of(job) for job in jobs}
        self._since = time.monotonic() - max(0.0, time.time() - run.accepted_at)

    def hear(self, event: Event) -> None:
        """Take in what happened."""
        line = self._lines.get(event.device or "")
        if line is None:
            return
        said = event.body
        line.touched = event.number
        line.attempt = int(said.get("attempt", line.attempt))
        match event.kind:
            case EventKind.JOB_STARTED:
                line.state, line.began, line.took, line.why = "running", event.at, None, ""
            case EventKind.JOB_PUSHING:
                line.state = "pushing"
            case EventKind.JOB_WAITING:
                line.state, line.why, line.began = "waiting", _reason(event), None
            case EventKind.JOB_RETRYING:
                line.state, line.why, line.began = "retrying", _message(event), None
            case EventKind.JOB_FINISHED | EventKind.JOB_IN_DOUBT:
                line.state, line.why = str(said.get("outcome", "finished")), _message(event)
                line.took = said.get("elapsed") or (event.at - line.began if line.began else None)
                line.session = {True: "reused", False: "opened"}.get(said.get("session_reused"), "")  # type: ignore[arg-type]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self._bar()
        room = max(3, console.height - 5)
        lines = sorted(self._lines.values(), key=lambda line: (_ORDER.get(line.state, 2), -line.touched))
        shown = report.devices_sheet("STATE")
        for line in lines[:room]:
            shown.add_row(
                line.device,
                word(line.state),
                str(line.attempt or ""),
                _seconds(line),
                line.session,
                _one_line(line.why),
            )
        yield shown
        if len(lines) > room:
            yield Text(f"and {len(lines) - room:,} more devices", style="dim")
        if waiting := next((line for line in lines if line.why and line.state in _STANDING), None):
            yield _waits(waiting.device, waiting.why.removeprefix("waits: "))

    def _bar(self) -> Table:
        done = Counter(line.state for line in self._lines.values() if line.state not in _STILL)
        total = len(self._lines)
        grid = Table.grid(padding=(0, 2, 0, 0))
        counts = Text(f"{done.total():,}/{total:,}", style="bold")
        for state, number in done.most_common():
            counts.append("  ")
            counts.append_text(word(state))
            counts.append(f" {number:,}")
        counts.append(f"  {time.monotonic() - self._since:.1f} s", style="dim")
        grid.add_row(Text(self._run.runbook, style="bold"), ProgressBar(total, done.total(), width=24), counts)
        return grid


_STILL = frozenset({"queued", "running", "pushing", "retrying", "waiting"})


_STANDING = frozenset({"queued", "waiting"})
"""States whose reason may ask for a person: told in full, since a table has no room for it."""


def follow(client: Client, run: Run, screen: Screen, netpulse: str) -> Run:
    """Watch a run to its end and return it as it ended; live on a terminal, silent elsewhere.

    `netpulse` is how this program is typed, to watch it again: the service may be up elsewhere after it was away.
    """

    def away(seconds: float) -> None:
        said = f"the service is away and asked again for {seconds:.0f} s; the run is in the ledger and goes on"
        screen.note(Text(f"{said}, to watch it again: {netpulse} show {run.id} --watch", style="yellow"))

    events = client.watch(run.id, away=away)
    if not screen.live:
        _tell_what_waits(client.devices_of(run.id), events, screen)
        return client.run(run.id)
    board = Board(run, client.devices_of(run.id))
    with Live(board, console=screen.err, refresh_per_second=8, transient=True, vertical_overflow="crop"):
        for event in events:
            board.hear(event)
    return client.run(run.id)


def _tell_what_waits(jobs: Iterable[Job], events: Iterable[Event], screen: Screen) -> None:
    """Say why jobs wait, each reason once: without it a run would stand still in silence."""
    told: set[str] = set()
    at_first = (
        (job.device, job.waiting_for)
        for job in jobs
        if job.state is JobState.QUEUED and job.waiting_for not in (FREE_WORKER, OWNER)
    )
    since = ((event.device, _reason(event)) for event in events if event.kind is EventKind.JOB_WAITING)
    for device, reason in chain(at_first, since):
        if reason and reason not in told:
            told.add(reason)
            screen.note(_waits(device or "", reason))


def _waits(device: str, reason: str) -> Text:
    return Text.assemble((f"{device} waits: ", "yellow"), clean(reason))


def _line_of(job: Job) -> Line:
    state = str(job.outcome or job.state)
    return Line(device=job.device, state=state, attempt=job.attempt, began=job.claimed_at, why=report.why(job))


def _reason(event: Event) -> str:
    """Return why a job waits, and what a person can do about it."""
    problem = event.body.get("problem")
    hint = str(problem.get("hint", "")) if isinstance(problem, dict) else ""
    return f"{_message(event)}; {hint}" if hint else _message(event)


def _message(event: Event) -> str:
    problem = event.body.get("problem")
    text = problem.get("message", "") if isinstance(problem, dict) else str(event.body.get("reason", ""))
    return str(text).removeprefix(f"{event.device}: ")


def _one_line(why: str) -> Text:
    # On the text and not on its column: a column that may not wrap takes the others' room.
    return Text(clean(why), no_wrap=True, overflow="ellipsis")


def _seconds(line: Line) -> str:
    if line.took is not None:
        return f"{line.took:.2f}"
    if line.began is None:
        return ""
    return f"{max(0.0, time.time() - line.began):.1f}"
