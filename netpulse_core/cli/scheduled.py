"""Schedules as people read them; the mathematics of time is imported where a file is read without a service."""

import importlib
import json
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from netpulse_core.cli import wording
from netpulse_core.cli.screen import clean, plain, table
from netpulse_core.cli.sheet import Sheet
from netpulse_core.model.schedule import Fire, FireState, Misfire, Schedule, ScheduleStatus
from netpulse_core.model.scheduleplan import Ahead, Change, ChangeKind, Plan

_STATES = {
    FireState.FIRED: "green",
    FireState.QUEUED: "yellow",
    FireState.SKIPPED: "yellow",
    FireState.MISSED: "bold red",
    FireState.REFUSED: "red",
}
_KINDS = {
    ChangeKind.ADDED: "green",
    ChangeKind.CHANGED: "yellow",
    ChangeKind.REMOVED: "red",
    ChangeKind.SEALED: "cyan",
}
_REMARKS = {
    ChangeKind.SEALED: "its parameters do not open under the keys there are: they are sealed anew from the file,"
    " and it goes on counting",
    ChangeKind.REFUSED: "the name is that of a schedule made by API: rename the file, or remove that one",
}


class OfFile(NamedTuple):
    """A schedule as its file says it, and what becomes of it where it is late."""

    schedule: Schedule
    misfire: Misfire


def timing(module: str) -> Any:
    """Return a module of the room that knows when a schedule is due."""
    return importlib.import_module(f"netpulse_core.timing.{module}")


def offline(read: OfFile, count: int) -> Ahead:
    """Return what a file's schedule will do, counted from this machine's clock."""
    now = time.time()
    status = ScheduleStatus(name=read.schedule.name, schedule=read.schedule, anchor=now)
    found: Ahead = timing("ahead").ahead(status, now, count, read.misfire)
    return found


def table_of(known: Sequence[ScheduleStatus]) -> Sheet:
    """Return schedules, one a line; what is wrong has a column where something is."""
    heads = ("SCHEDULE", "WHEN", "RUNS", "ON", "NEXT", "LAST", "LAST RUN")
    if any(status.problem for status in known):
        shown = Sheet(*heads, "PROBLEM", whole=(0, 1), spare=(6, 3, 2, 5, 1, 4))
    else:
        shown = Sheet(*heads, whole=(0, 1), spare=(6, 5, 2, 3, 1), free=4, least=len("2026-01-31 02:00:00 UTC"))
    for status in known:
        request = status.schedule.request
        row = (
            status.name,
            when(status.schedule),
            request.runbook,
            clean(request.target),
            next_due(status),
            state(status.last_fire),
            status.last_run or "",
            Text(clean(status.problem), style="red"),
        )
        shown.add_row(*row)
    return shown


def when(schedule: Schedule) -> str:
    """Return when a schedule fires, in its own words."""
    if schedule.every is not None:
        return f"every {wording.seconds(schedule.every)}"
    if schedule.at is not None:
        return f"once, {wording.instant(schedule.at)}"
    return f"{schedule.cron} ({schedule.timezone})"


def next_due(status: ScheduleStatus) -> Text:
    """Return the next due time and how far away it is."""
    if not status.schedule.enabled:
        return Text("disabled", style="yellow")
    if status.paused is not None:
        return Text(f"paused by {clean(status.paused.by)}", style="yellow")
    if status.next_due is None:
        return Text("")
    away = wording.until(status.next_due, time.time())
    return Text.assemble(wording.instant(status.next_due), (f"  {away}", "dim"))


def state(fire: Fire | None) -> Text:
    """Return what became of a due time."""
    return Text("") if fire is None else Text(fire.state.value, style=_STATES[fire.state])


def card(status: ScheduleStatus) -> Iterator[RenderableType]:
    """Yield all of one schedule."""
    schedule = status.schedule
    request, shown = schedule.request, table("", "")
    shown.show_header = False
    rows: dict[str, str | Text] = {
        "when": when(schedule),
        "runs": request.runbook,
        "on": clean(request.target),
        "with": clean(json.dumps(plain(request.parameters), ensure_ascii=False)),
        "role": schedule.role or "as the setting schedule_role says",
        "from": f"schedules/{status.name}.yaml" if not status.made_by else f"the API, by {clean(status.made_by)}",
        "next": next_due(status),
        "paused": "" if status.paused is None else clean(f"{status.paused.by}: {status.paused.reason}"),
    }
    policies = {name: getattr(schedule, name) for name in ("misfire", "overlap", "gap", "fold", "start_within")}
    rows["policies"] = ", ".join(f"{name} {value}" for name, value in policies.items() if value is not None)
    rows["jitter"] = wording.seconds(schedule.jitter) if schedule.jitter else ""
    for name, value in rows.items():
        if value:
            shown.add_row(Text(name, style="dim"), value)
    yield Text.assemble((status.name, "bold"), f"  {clean(schedule.sentence)}")
    yield shown


def fires_table(fires: Sequence[Fire]) -> Table:
    """Return what became of due times, one a line."""
    shown = table("DUE", "BECAME", "RUN", "STANDS FOR", "WHY", whole=(0, 1))
    for fire in fires:
        several = "" if fire.since is None else f"{fire.due_times:,} from {wording.instant(fire.since)} on"
        shown.add_row(wording.instant(fire.due_at), state(fire), fire.run or "", several, clean(fire.problem))
    return shown


def ahead(found: Ahead) -> Iterator[RenderableType]:
    """Yield the due times to come, and what cannot be known yet."""
    shown = table("DUE", "FIRES", "LOCAL TIME", "WHY", whole=(0, 1, 2))
    for each in found.upcoming:
        fires = Text("skipped", style="yellow") if each.starts_at is None else Text(wording.instant(each.starts_at))
        shown.add_row(wording.instant(each.due_at), fires, each.local, clean(each.reason))
    yield shown if found.upcoming else Text(f"{found.schedule} is never due")
    yield from (Text(clean(note), style="dim") for note in found.notes)


def plan(found: Plan) -> Iterator[RenderableType]:
    """Yield what is wrong with files, and what applying them would change."""
    for remark in found.remarks:
        style = "bold red" if remark.severity == "error" else "yellow"
        yield Text.assemble((remark.place, "bold"), "  ", (remark.severity, style), "  ", clean(remark.message))
        if remark.hint:
            yield Text(f"  {clean(remark.hint)}", style="dim")
    for change in found.changes:
        yield from _change(change)
    yield "nothing would change" if not found.changes else Text(f"plan {found.id}", style="dim")


def _change(change: Change) -> Iterator[RenderableType]:
    style = _KINDS.get(change.kind, "bold red")
    yield Text.assemble((change.name, "bold"), "  ", (change.kind.value, style))
    if change.kind in _REMARKS:
        yield Text(f"  {_REMARKS[change.kind]}", style="dim")
    for key, (before, after) in change.keys.items():
        was = "" if before is None else f"- {_value(before)}"
        becomes = "" if after is None else f"+ {_value(after)}"
        yield Text.assemble(f"  {key}  ", (was, "red"), "  " if was and becomes else "", (becomes, "green"))


def _value(value: Any) -> str:
    return clean(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
