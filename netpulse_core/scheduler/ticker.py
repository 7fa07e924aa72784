"""What is due is fired, once, however many tickers there are: the ledger's key of (schedule, due time) decides."""

import logging
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from netpulse_core.controller import NetPulse
from netpulse_core.errors import ServiceError
from netpulse_core.model.schedule import Due, Fire, FireState, Misfire, Schedule, ScheduleStatus, Source
from netpulse_core.timing import passing
from netpulse_core.timing.due import next_due

log = logging.getLogger(__name__)

LOOK_AGAIN = 15.0
"""Seconds after which the ledger is read although nothing is due: another scheduler may have changed it."""

OTHERS = 30.0
"""Seconds in which another scheduler fires what does not open here; after them it is refused, and says why."""

LOOK_SOON = 1.0
"""Seconds after which a due time is looked at again that waits for the run before it, or could not be fired."""


class Ticker:
    """The schedules of one process; the ledger must have been told to know them.

    `schedules` are those of this process's files, of which the ledger may have been told otherwise by another process;
    None takes the ledger's word for all of them.
    """

    def __init__(self, netpulse: NetPulse, schedules: Sequence[Schedule] | None) -> None:
        self._netpulse = netpulse
        self._files = None if schedules is None else {schedule.name: schedule for schedule in schedules}
        self._look_at = -math.inf
        self._told: set[str] = set()

    def tick(self, now: float) -> float:
        """Fire what is due at `now`, the ledger's time, and return when to tick again at the latest.

        Due times that passed together give one run at most, that of the latest.
        """
        if now < self._look_at <= now + LOOK_AGAIN:
            return self._look_at
        known = self._known(now)
        for name in (self._files or {}).keys() - {status.name for status in known}:
            self._tell_once(name, "schedule %s: not fired, another scheduler whose site lacks it told the ledger so")
        following = [self._contained(status, now) for status in known]
        self._look_at = min([now + LOOK_AGAIN, *(due for due in following if due is not None)])
        return self._look_at

    def _known(self, now: float) -> list[ScheduleStatus]:
        """Return every schedule, none of which counts from a time to come: it would be silent until then."""
        schedules = self._netpulse.ledger.schedules
        known = schedules.all()
        if not any(status.strays(now) for status in known):
            return known
        for name in schedules.come_back(now):
            log.error("schedule %s counts from now: the ledger's clock was set back, and it would be silent", name)
        return schedules.all()

    def _contained(self, status: ScheduleStatus, now: float) -> float | None:
        try:
            return self._turn(status, now)
        except ServiceError:
            self._netpulse.ledger.require_answer()  # raises where the ledger is away, which is not about this schedule
            self._tell_once(status.name, "schedule %s met an outage and is tried again", exception=True)
            return now + LOOK_SOON
        except Exception:  # noqa: BLE001  the process loop: one schedule's defect must not keep others from firing
            self._tell_once(status.name, "schedule %s could not be fired and is tried again", exception=True)
            return now + LOOK_SOON

    def _turn(self, status: ScheduleStatus, now: float) -> float | None:
        if not self._is_ours(status):
            return None
        if (until := self._left_to_others(status, now)) is not None:
            return until
        schedule = status.schedule
        following, waits = None, False
        if schedule.enabled and status.paused is None:
            self._release(status, now)
            following, waits = self._fired(status, now)
        if following != status.next_due:
            self._netpulse.ledger.schedules.announce(schedule.name, following)
        self._told.discard(status.name)
        looks = [] if following is None else [schedule.starts(following)]
        if waits or status.waiting is not None:
            looks.append(now + LOOK_SOON)
        return min(looks, default=None)

    def _is_ours(self, status: ScheduleStatus) -> bool:
        """Whether this process may take the ledger's word for a schedule."""
        if self._files is None:
            return True
        mine = self._files.get(status.name)
        if status.source is Source.API:
            if mine is not None:
                self._tell_once(status.name, "schedule %s: its file is left out, the name is that of one made by API")
            return True
        if mine is None:
            return False
        if self._netpulse.ledger.schedules.digest(mine) != status.digest:
            self._tell_once(status.name, "schedule %s: not fired here, another scheduler reads a different file of it")
            return False
        return True

    def _left_to_others(self, status: ScheduleStatus, now: float) -> float | None:
        """Return until when a schedule whose secrets do not open here is left to schedulers that may have the key."""
        came = passing.came(status.schedule, status.anchor, status.after, now) if status.unopened else None
        until = None if came is None else (came.since or came.latest) + OTHERS
        if until is None or until <= now:
            return None
        self._tell_once(status.name, "schedule %s is due and left to other schedulers: its secrets do not open here")
        return until

    def _release(self, status: ScheduleStatus, now: float) -> None:
        """Fire the due time that waited for the run before it, or give it up where its time to start is over."""
        waiting, schedule = status.waiting, status.schedule
        if waiting is None:
            return
        due = _due(status, waiting.due_at, waiting.since, waiting.due_times)
        if schedule.start_within is not None and now > schedule.late_after(due.due_at):
            self._missed(due, f"it waited longer than {schedule.start_within:g} s for the run before it")
            return
        fire = self._netpulse.firing.release(due)
        if fire is not None:
            _say(due, fire)

    def _fired(self, status: ScheduleStatus, now: float) -> tuple[float | None, bool]:
        """Fire the latest due time that has come, if any; return the next one, and whether to look again soon."""
        schedule, anchor = status.schedule, status.anchor
        came = passing.came(schedule, anchor, status.after, now)
        if came is None:
            return next_due(schedule, anchor, status.after), False
        due, waits = _due(status, came.latest, came.since, came.due_times), False
        skips = self._netpulse.firing.misfire(schedule) is Misfire.SKIP
        if schedule.at is not None and anchor > schedule.late_after(schedule.at):
            self._missed(due, "its time had passed when it became known")
        elif skips and now > schedule.late_after(came.latest):
            self._missed(due, f"no scheduler fired it within {schedule.late_after(0.0) - schedule.starts(0.0):g} s")
        else:
            if skips and came.before is not None:
                earlier = _due(status, came.before, came.since, came.due_times - 1)
                self._missed(earlier, "no scheduler fired it before the next one was due")
                due = replace(_due(status, came.latest), after=came.before)
            fire = self._netpulse.firing.fire(due)
            if fire is not None:
                _say(due, fire)
            waits = came.before is not None if fire is None else fire.state is FireState.QUEUED
        return next_due(schedule, anchor, came.latest), waits

    def _missed(self, due: Due, reason: str) -> None:
        if self._netpulse.firing.miss(due, reason) is not None:
            more = f", with those from {_written(due.since)} on" if due.since is not None else ""
            log.error("schedule %s, due %s: missed%s: %s", due.schedule.name, _written(due.due_at), more, reason)

    def _tell_once(self, name: str, message: str, *, exception: bool = False) -> None:
        if name not in self._told:
            self._told.add(name)
            log.warning(message, name, exc_info=exception)


def _due(status: ScheduleStatus, due_at: float, since: float | None = None, due_times: int = 1) -> Due:
    since = None if since == due_at else since
    return Due(
        schedule=status.schedule,
        digest=status.digest,
        due_at=due_at,
        since=since,
        due_times=due_times,
        after=status.after,
        unopened=status.unopened,
    )


def _say(due: Due, fire: Fire) -> None:
    name, when = due.schedule.name, _written(fire.due_at)
    if fire.since is not None:
        since = _written(fire.since)
        log.warning("schedule %s: missed from %s on; only the latest is fired: %s", name, since, when)
    if fire.state is FireState.FIRED:
        log.info("schedule %s, due %s: run %s", name, when, fire.run)
    else:
        level = logging.ERROR if fire.state is FireState.REFUSED else logging.WARNING
        log.log(level, "schedule %s, due %s: no run: %s", name, when, fire.problem)


def _written(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
