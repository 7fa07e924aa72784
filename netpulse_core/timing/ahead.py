"""What a schedule will do next, and why a time is skipped."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from netpulse_core.inventory.zones import zone
from netpulse_core.model.clocks import offset, passes
from netpulse_core.model.schedule import Fold, Gap, Misfire, Overlap, Schedule, ScheduleStatus
from netpulse_core.model.scheduleplan import Ahead, Upcoming
from netpulse_core.timing import cron
from netpulse_core.timing.cron import Cron
from netpulse_core.timing.due import next_due, policies


def ahead(status: ScheduleStatus, now: float, count: int, misfire: Misfire) -> Ahead:
    """Return the next due times of a schedule, and local times that will be none, `count` of both."""
    schedule = status.schedule
    after = max(status.after, now - schedule.jitter)
    found: list[Upcoming] = []
    for each in _upcoming(schedule, status.anchor, after):
        if len(found) == count:
            break
        if each.starts_at is None or each.starts_at > now:
            found.append(_held(status, each))
    return Ahead(schedule=status.name, upcoming=tuple(found), notes=tuple(_notes(status, now, misfire, bool(found))))


def _upcoming(schedule: Schedule, anchor: float, after: float) -> Iterator[Upcoming]:
    """Yield every due time, and every one that the schedule's policies leave out."""
    widest = replace(schedule, gap=Gap.RUN, fold=Fold.BOTH) if schedule.cron else schedule
    clock, expression = zone(schedule.timezone), cron.parse(schedule.cron) if schedule.cron else None
    due = next_due(widest, anchor, after)
    while due is not None:
        runs = next_due(schedule, anchor, due - 0.5) == due
        local = _local(due, clock)
        reason = ""
        if expression is not None:
            local, reason = _clock_says(schedule, expression, clock, int(due), runs=runs) or (local, reason)
        starts = schedule.starts(due) if runs else None
        yield Upcoming(due_at=due, starts_at=starts, local=local, reason=reason)
        due = next_due(widest, anchor, due)


def _clock_says(schedule: Schedule, expression: Cron, clock: tzinfo, due: int, *, runs: bool) -> tuple[str, str] | None:
    """Return what a clock that is set forward or back means for a due time, where it means something."""
    gap, fold = policies(schedule, expression)
    ahead_before, ahead_after = offset(clock, due - 1), offset(clock, due)
    first = expression.at_or_after(due + ahead_before)
    if first is not None and first < due + ahead_after:
        missing = _wall(first)
        if gap is Gap.RUN:
            return missing, f"the clock is set forward over it, and it is due then, {_local(due, clock)} (gap: run)"
        if not runs:
            return missing, "skipped: the clock is set forward over it (gap: skip)"
    earlier, later = passes(datetime.fromtimestamp(due + ahead_after, UTC), clock)
    if earlier < later:
        which = "first" if due == earlier else "second"
        said = f"this local time comes twice, and this is the {which} (fold: {fold.value})"
        return _local(due, clock), said if runs else f"skipped: {said}"
    return None


def _held(status: ScheduleStatus, each: Upcoming) -> Upcoming:
    if each.starts_at is None:
        return each
    if not status.schedule.enabled:
        return replace(each, starts_at=None, reason="skipped: `enabled` is false")
    if status.paused is not None:
        return replace(each, starts_at=None, reason=f"skipped: paused by {status.paused.by}")
    return each


def _notes(status: ScheduleStatus, now: float, misfire: Misfire, any_: bool) -> Iterator[str]:
    schedule = status.schedule
    if status.paused is not None:
        yield f"paused by {status.paused.by}: {status.paused.reason or 'no reason was given'}"
    if not any_:
        yield "there is no due time to come"
    if status.waiting is not None:
        yield f"one due time waits: {status.waiting.problem}"
    within = schedule.late_after(0.0) - schedule.starts(0.0)
    late = "is missed, and told" if misfire is Misfire.SKIP else "gives one run for all that passed"
    yield f"what nobody fired within {within:g} s {late} (misfire: {misfire.value})"
    overlaps = {
        Overlap.SKIP: "is skipped",
        Overlap.QUEUE: "waits for it, one at most",
        Overlap.ALLOW: "is fired all the same",
    }
    yield f"a due time whose run before is still going {overlaps[schedule.overlap]} (overlap: {schedule.overlap.value})"


def _local(at: float, clock: tzinfo) -> str:
    moment = datetime.fromtimestamp(at, clock)
    return f"{moment:%a %Y-%m-%d %H:%M:%S} {moment.tzname()}"


def _wall(wall: int) -> str:
    return f"{datetime.fromtimestamp(wall, UTC):%a %Y-%m-%d %H:%M:%S}"
