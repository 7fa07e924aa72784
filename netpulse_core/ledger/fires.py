"""Every due time and what became of it: one transaction records it with its run, once for ever."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, and_, func, select, update

from netpulse_core.errors import NetPulseError, is_outage
from netpulse_core.ledger import audit
from netpulse_core.ledger.database import Database, again_if_beaten, now
from netpulse_core.ledger.definitions import fire_of
from netpulse_core.ledger.missed import record_missed
from netpulse_core.ledger.schedules import waits
from netpulse_core.ledger.scheduletables import fires, schedules
from netpulse_core.ledger.sealedparameters import Parameters
from netpulse_core.ledger.tables import runs
from netpulse_core.ledger.upsert import insert_missing
from netpulse_core.model.run import NewRun
from netpulse_core.model.schedule import Due, Fire, FireState, Overlap

Accept = Callable[[Connection], str]
"""Inserts the run within the same transaction and returns its id, or raises why there is none."""


class Fires:
    """What became of the due times of schedules."""

    def __init__(self, database: Database, parameters: Parameters) -> None:
        self._database = database
        self._parameters = parameters

    @again_if_beaten
    def fire(self, due: Due, accept: Accept) -> Fire | None:
        """Record a due time together with its run; None says that it is not to be fired any more.

        It was recorded before, or the schedule is no longer what it was, or was paused. One whose previous run is
        still going is skipped or queued as the schedule says; one that is refused leaves its problem.
        """
        with self._database.write() as connection:
            if not _begun(connection, due):
                return None
            going = None if due.schedule.overlap is Overlap.ALLOW else _going(connection, due)
            if going is not None:
                return _held_back(connection, due, going)
            return _accepted(connection, due, accept)

    def goes_on_waiting(self, due: Due) -> bool:
        """Whether the run before a due time that waits is still going: asked first, as what follows costs more."""
        with self._database.read() as connection:
            return _going(connection, due) is not None

    @again_if_beaten
    def release(self, due: Due, accept: Accept) -> Fire | None:
        """Fire a due time that waited, if the run before it has finished; None where it goes on waiting."""
        with self._database.write() as connection:
            if not _current(connection, due) or not _waits(connection, due) or _going(connection, due):
                return None
            return _accepted(connection, due, accept)

    @again_if_beaten
    def miss(self, due: Due, record: NewRun, reason: str) -> Fire | None:
        """Record that a due time was missed, as a run that nobody ran, and tell of it; None as for `fire`."""
        with self._database.write() as connection:
            begun = _begun(connection, due) or (_current(connection, due) and _waits(connection, due))
            if not begun:
                return None
            run = record_missed(connection, record, self._parameters.shown(record.parameters), due, reason)
            return _became(connection, due, state=FireState.MISSED.value, run_id=run, problem=reason)

    def page(self, schedule: str, limit: int = 20) -> list[Fire]:
        """Return what became of a schedule's due times, the latest first."""
        query = select(fires).where(fires.c.schedule == schedule).order_by(fires.c.due_at.desc()).limit(limit)
        with self._database.read() as connection:
            return [fire_of(row) for row in connection.execute(query).mappings()]


def _current(connection: Connection, due: Due) -> bool:
    """Whether the schedule is what it was and not paused; its row is locked until the transaction ends."""
    row = connection.execute(
        select(schedules.c.digest, schedules.c.paused_at).where(schedules.c.name == due.schedule.name).with_for_update()
    ).first()
    return row is not None and row.digest == due.digest and row.paused_at is None


def _behind(connection: Connection, due: Due) -> bool:
    """Whether more is behind the schedule than when this was found due: a process that stood still finds it so."""
    behind = select(func.coalesce(schedules.c.last_due, -1.0), func.coalesce(schedules.c.passed, -1.0))
    row = connection.execute(behind.where(schedules.c.name == due.schedule.name)).one()
    return due.after is not None and max(row) > due.after


def _begun(connection: Connection, due: Due) -> bool:
    """Take a due time, unless it is taken or behind the schedule."""
    if not _current(connection, due) or _behind(connection, due):
        return False
    row = {"schedule": due.schedule.name, "due_at": due.due_at, "fired_at": 0.0, "problem": ""}
    row |= {"since": due.since, "due_times": due.due_times}
    fresh = insert_missing(connection, fires, [row]) == 1
    connection.execute(
        update(schedules)
        .where(schedules.c.name == due.schedule.name, func.coalesce(schedules.c.last_due, -1.0) < due.due_at)
        .values(last_due=due.due_at)
    )
    return fresh


def _waits(connection: Connection, due: Due) -> bool:
    return connection.scalar(select(fires.c.due_at).where(_mine(due), waits())) is not None


def _going(connection: Connection, due: Due) -> str | None:
    """Return an unfinished run of the schedule's own; one that a person asked for is none of them."""
    found: str | None = connection.scalar(
        select(runs.c.id).where(runs.c.caller == due.schedule.caller, runs.c.verdict.is_(None)).limit(1)
    )
    return found


def _held_back(connection: Connection, due: Due, going: str) -> Fire:
    still = f"run {going} before it is still going"
    first = connection.scalar(select(fires.c.due_at).where(fires.c.schedule == due.schedule.name, waits()).limit(1))
    if due.schedule.overlap is Overlap.QUEUE and first is None:
        return _became(connection, due, state=FireState.QUEUED.value, problem=f"it waits: {still}")
    more = "" if first is None else ", and one due time waits already"
    return _became(connection, due, state=FireState.SKIPPED.value, problem=f"skipped: {still}{more}")


def _accepted(connection: Connection, due: Due, accept: Accept) -> Fire:
    try:
        with audit.whole(connection):  # what is refused halfway leaves no run, which nobody could end
            run = accept(connection)
    except NetPulseError as error:
        if is_outage(error):
            raise
        said = {"schedule": due.schedule.name, "due_at": due.due_at, "target": due.schedule.request.target}
        audit.refused(connection, due.schedule.caller, "run.refused", due.schedule.request.runbook, said, error)
        return _became(connection, due, state=FireState.REFUSED.value, problem=str(error))
    return _became(connection, due, state=FireState.FIRED.value, run_id=run, problem="")


def _became(connection: Connection, due: Due, **values: Any) -> Fire:
    changed = update(fires).where(_mine(due)).values(fired_at=now(), **values).returning(*fires.c)
    row: Mapping[Any, Any] = connection.execute(changed).mappings().one()
    return fire_of(row)


def _mine(due: Due) -> Any:
    return and_(fires.c.schedule == due.schedule.name, fires.c.due_at == due.due_at)
