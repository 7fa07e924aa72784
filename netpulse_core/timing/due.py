"""When a schedule is due. Instants are seconds since 1970 UTC; nothing here reads a clock.

An interval is due at `anchor + n * every`: elapsed time, whatever clocks on walls do. A one-shot is due once.

Cron follows the wall clock of the schedule's time zone, and where that is set forward or back, as Vixie's cron does,
unless the schedule's `gap` and `fold` say otherwise:
- An expression that names its minute and hour (`30 2 * * *`) is due once a day. In a local hour that is skipped, it
  is due at the moment the clock is set forward; in one that comes twice, the first time only.
- One whose minute or hour begins with `*` says how often: it goes on by the clock as it is. It is not due in an hour
  that is skipped, and is due both times in an hour that comes twice.
"""

import math
from datetime import UTC, datetime, tzinfo

from netpulse_core.inventory.zones import zone
from netpulse_core.model.clocks import is_skipped, moment, offset
from netpulse_core.model.schedule import Fold, Gap, Schedule
from netpulse_core.timing import cron
from netpulse_core.timing.cron import Cron

_DAY = 86_400
"""Longer than any clock was ever set back by, shorter than the time between two such changes."""

_PASSES = {Fold.FIRST: (False,), Fold.SECOND: (True,), Fold.BOTH: (False, True)}
"""Whether the second pass is meant, of a wall time that comes twice."""


def next_due(schedule: Schedule, anchor: float, after: float) -> float | None:
    """Return the first due time later than `after`; None where there is none."""
    if schedule.at is not None:
        return schedule.at if schedule.at > after else None
    if schedule.every is not None:
        return _next_interval(schedule.every, anchor, after)
    assert schedule.cron is not None
    expression, clock = cron.parse(schedule.cron), zone(schedule.timezone)
    gap, fold = policies(schedule, expression)
    start = math.floor(after) + 1
    found = [_next_cron(expression, clock, start, gap, second) for second in _PASSES[fold]]
    return min((due for due in found if due is not None), default=None)


def policies(schedule: Schedule, expression: Cron) -> tuple[Gap, Fold]:
    """Return what a schedule of cron does where the clock is set forward, and where it is set back."""
    gap = schedule.gap or (Gap.SKIP if expression.wild else Gap.RUN)
    return gap, schedule.fold or (Fold.BOTH if expression.wild else Fold.FIRST)


def upcoming(schedule: Schedule, anchor: float, after: float, count: int) -> list[float]:
    """Return the next due times later than `after`, earliest first."""
    found: list[float] = []
    while len(found) < count:
        due = next_due(schedule, anchor, found[-1] if found else after)
        if due is None:
            break
        found.append(due)
    return found


def latest_due(schedule: Schedule, anchor: float, after: float, now: float) -> float | None:
    """Return the last due time later than `after` that has come by `now`."""
    found, empty = next_due(schedule, anchor, after), now
    if found is None or found > now:
        return None
    while empty - found > 0.5:  # by halves: a month has 43,200 minutes, and due times are a second apart at least
        due = next_due(schedule, anchor, (found + empty) / 2)
        if due is not None and due <= now:
            found = due
        else:
            empty = (found + empty) / 2
    return found


def _next_interval(every: float, anchor: float, after: float) -> float:
    count = max(1, math.floor((after - anchor) / every))
    while anchor + count * every <= after:  # the quotient may have been rounded either way
        count += 1
    return anchor + count * every


def _next_cron(expression: Cron, clock: tzinfo, start: int, gap: Gap, second: bool) -> float | None:
    """Return the first due time from `start` on, where a wall time that comes twice counts at one of its passes."""
    # Back by what the clock is set near here: walls in a gap are due when it ends, and walls before `start` come again.
    wall = expression.at_or_after(start + min(offset(clock, at) for at in (start - 1, start, start + _DAY)))
    while wall is not None:
        due = _moment_of(wall, clock, gap, second)
        if due is not None and due >= start:
            return due
        wall = expression.at_or_after(wall + 1)
    return None


def _moment_of(wall: int, clock: tzinfo, gap: Gap, second: bool) -> float | None:
    """Return when a clock shows this time; where it is set forward over it, that moment, or None to skip it."""
    shown = datetime.fromtimestamp(wall, UTC)
    if gap is Gap.SKIP and is_skipped(shown, clock):
        return None
    return moment(shown, clock, last=second)
