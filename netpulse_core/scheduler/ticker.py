"""What is due is fired, once, however many tickers there are: the ledger's key of (schedule, due time) decides."""

import logging
import math
from collections.abc import Sequence
from datetime import UTC, datetime

from netpulse_core.controller import NetPulse
from netpulse_core.errors import ServiceError
from netpulse_core.model.schedule import Schedule, ScheduleStatus
from netpulse_core.scheduler.due import latest_due, next_due

log = logging.getLogger(__name__)

LOOK_AGAIN = 15.0
"""Seconds after which the ledger is read although nothing is due: another scheduler may have changed it."""


class Ticker:
    """The enabled schedules of one process; the ledger must have been told to know them."""

    def __init__(self, netpulse: NetPulse, schedules: Sequence[Schedule]) -> None:
        self._netpulse = netpulse
        self._schedules = {schedule.name: schedule for schedule in schedules}
        self._look_at = -math.inf
        self._told: set[str] = set()

    def tick(self, now: float) -> float:
        """Fire what is due at `now`, the ledger's time, and return when to tick again at the latest.

        Due times that passed while no scheduler ran give one run: that of the latest.
        """
        if now < self._look_at <= now + LOOK_AGAIN:
            return self._look_at
        known = self._netpulse.ledger.schedules.all()
        for name in self._schedules.keys() - {status.name for status in known}:
            self._tell_once(name, "schedule %s: not fired, another scheduler whose site lacks it told the ledger so")
        following = [self._contained(status, now) for status in known]
        self._look_at = min([now + LOOK_AGAIN, *(due for due in following if due is not None)])
        return self._look_at

    def _contained(self, status: ScheduleStatus, now: float) -> float | None:
        try:
            return self._turn(status, now)
        except ServiceError:
            raise  # the ledger is away, which is not about this schedule
        except Exception:  # noqa: BLE001  the process loop: one schedule's defect must not keep others from firing
            self._tell_once(status.name, "schedule %s could not be fired and is tried again", exception=True)
            return None

    def _turn(self, status: ScheduleStatus, now: float) -> float | None:
        schedule = self._schedules.get(status.name)
        if schedule is None:
            return None
        if schedule != status.schedule:
            self._tell_once(status.name, "schedule %s: not fired here, another scheduler reads a different file of it")
            return None
        following = self._fired(schedule, status, now) if schedule.enabled else None
        if following != status.next_due:
            self._netpulse.ledger.schedules.announce(schedule.name, following)
        self._told.discard(status.name)
        return following

    def _fired(self, schedule: Schedule, status: ScheduleStatus, now: float) -> float | None:
        """Fire the latest due time that has come, if any, and return the next one."""
        after = status.anchor if status.last_due is None else status.last_due
        latest = latest_due(schedule, status.anchor, after, now)
        if latest is None:
            return next_due(schedule, status.anchor, after)
        run = self._netpulse.fire(schedule, latest)
        if run is not None:
            self._say(schedule, status, after, latest, run)
        return next_due(schedule, status.anchor, latest)

    def _say(self, schedule: Schedule, status: ScheduleStatus, after: float, latest: float, run: str) -> None:
        name, when = schedule.name, _written(latest)
        first = next_due(schedule, status.anchor, after)
        if first is not None and first < latest:
            log.warning("schedule %s: missed from %s on; only the latest is fired: %s", name, _written(first), when)
        if run:
            log.info("schedule %s, due %s: run %s", name, when, run)
        else:
            log.error("schedule %s, due %s: no run: %s", name, when, self._netpulse.ledger.schedules.one(name).problem)

    def _tell_once(self, name: str, message: str, *, exception: bool = False) -> None:
        if name not in self._told:
            self._told.add(name)
            log.warning(message, name, exc_info=exception)


def _written(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
