"""When a schedule is due. Instants are seconds since 1970 UTC; nothing here reads a clock.

An interval is due at `anchor + n * every`: elapsed time, whatever clocks on walls do.

Cron follows the wall clock of the schedule's time zone, and where that is set forward or back, as Vixie's cron does:
- An expression that names its minute and hour (`30 2 * * *`) is due once a day. In a local hour that is skipped, it
  is due at the moment the clock is set forward; in one that comes twice, the first time only.
- One whose minute or hour begins with `*` says how often: it goes on by the clock as it is. It is not due in an hour
  that is skipped, and is due both times in an hour that comes twice.
"""

import math
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from netpulse_core.errors import InvalidParameters, did_you_mean
from netpulse_core.model.schedule import Schedule
from netpulse_core.scheduler import cron
from netpulse_core.scheduler.cron import Cron

_DAY = 86_400
"""Longer than any clock was ever set back by, shorter than the time between two such changes."""


def next_due(schedule: Schedule, anchor: float, after: float) -> float | None:
    """Return the first due time later than `after`; None where there is none."""
    if schedule.every is not None:
        return _next_interval(schedule.every, anchor, after)
    assert schedule.cron is not None
    expression, clock = cron.parse(schedule.cron), zone(schedule.timezone)
    start = math.floor(after) + 1
    return _next_wild(expression, clock, start) if expression.wild else _next_named(expression, clock, start)


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


@lru_cache(maxsize=1024)
def zone(name: str) -> tzinfo:
    """Return the time zone of an IANA name; raise InvalidParameters with the closest one."""
    if name == "UTC":
        return UTC  # also where a container has no time zones installed
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = {each.lower(): each for each in available_timezones()}
        same = known.get(name.lower())
        guess = f"; did you mean {same!r}?" if same else did_you_mean(name, known.values())
        hint = "use an IANA name such as Europe/Berlin" if known else "this machine has no time zones: install tzdata"
        raise InvalidParameters("timezone", [f"unknown time zone {name!r}{guess}"], hint=hint) from None


def _next_interval(every: float, anchor: float, after: float) -> float:
    count = max(1, math.floor((after - anchor) / every))
    while anchor + count * every <= after:  # the quotient may have been rounded either way
        count += 1
    return anchor + count * every


def _next_named(expression: Cron, clock: tzinfo, start: int) -> float | None:
    wall = expression.at_or_after(start + _offset(clock, start))
    while wall is not None:
        due = _moment_of(wall, clock)
        if due >= start:
            return float(due)
        wall = expression.at_or_after(wall + 1)  # the second time this hour comes: it was due the first time
    return None


def _moment_of(wall: int, clock: tzinfo) -> int:
    """Return when a clock first shows this time, or the moment it is set forward over it."""
    naive = datetime.fromtimestamp(wall, UTC).replace(tzinfo=clock)
    first, second = (int(naive.replace(fold=fold).timestamp()) for fold in (0, 1))
    # PEP 495: a wall time that comes twice has its earlier moment at fold 0, one that never comes has its later one.
    return first if first <= second else _change(clock, second, first)


def _next_wild(expression: Cron, clock: tzinfo, start: int) -> float | None:
    while True:
        offset = _offset(clock, start)
        wall = expression.at_or_after(start + offset)
        if wall is None:
            return None
        due = wall - offset
        end = min(due, start + _DAY)
        if _offset(clock, end) != offset:
            start = _change(clock, start, end)
        elif due == end:
            return float(due)
        else:
            start = due - _DAY  # no wall in between matches, and a change near `due` is seen from there


def _change(clock: tzinfo, before: int, after: int) -> int:
    """Return the first second at which the clock's offset is no longer that of `before`."""
    offset = _offset(clock, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(clock, middle) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(clock: tzinfo, at: int) -> int:
    offset = datetime.fromtimestamp(at, clock).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())
