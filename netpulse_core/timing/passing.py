"""Which due times have come by now."""

from dataclasses import dataclass

from netpulse_core.model.schedule import Schedule
from netpulse_core.timing.due import latest_due, next_due

MOST = 1000
"""Due times of cron that are counted one by one."""


@dataclass(frozen=True, slots=True)
class Came:
    """Due times that have come together; `before` is the last but one, `since` the first where there are several."""

    latest: float
    before: float | None = None
    since: float | None = None
    due_times: int = 1


def came(schedule: Schedule, anchor: float, after: float, now: float) -> Came | None:
    """Return the due times later than `after` that are to be fired by now; None where there is none."""
    first = next_due(schedule, anchor, after)
    if first is None or first > now:
        return None
    latest = latest_due(schedule, anchor, after, now)
    if latest is not None and schedule.starts(latest) > now:  # jitter is less than what lies between two
        latest = latest_due(schedule, anchor, after, latest - 0.5)
    if latest is None:
        return None
    if latest == first:
        return Came(latest)
    before = latest_due(schedule, anchor, after, latest - 0.5)
    return Came(latest, before, first, _number(schedule, anchor, first, latest))


def _number(schedule: Schedule, anchor: float, first: float, latest: float) -> int:
    if schedule.every is not None:
        return round((latest - first) / schedule.every) + 1
    number, due = 1, next_due(schedule, anchor, first)
    while due is not None and due <= latest and number < MOST:
        number, due = number + 1, next_due(schedule, anchor, due)
    return number
