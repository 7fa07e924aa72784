"""What the ledger knows of schedules: an interval's anchor, and every fire, once."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, func, select, update

from netpulse_core.errors import NetPulseError
from netpulse_core.ledger.database import Database, again_if_beaten, now
from netpulse_core.ledger.tables import fires, schedules
from netpulse_core.ledger.upsert import insert_missing


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRow:
    """Where a schedule stands; instants are seconds since 1970 UTC."""

    name: str
    anchor: float
    last_due: float | None
    at: float
    """The ledger's time when this was read."""


class Schedules:
    """The schedules and fires of the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, name: str, digest: str) -> ScheduleRow:
        """Return where a schedule stands; a new or changed one starts counting now."""
        with self._database.write() as connection:
            at = float(connection.scalar(select(now())) or 0.0)
            insert_missing(connection, schedules, [{"name": name, "digest": digest, "anchor": at}])
            connection.execute(
                update(schedules)
                .where(schedules.c.name == name, schedules.c.digest != digest)
                .values(digest=digest, anchor=at, last_due=None)
            )
            row = connection.execute(select(schedules).where(schedules.c.name == name)).one()
            return ScheduleRow(name=name, anchor=row.anchor, last_due=row.last_due, at=at)

    @again_if_beaten
    def fire(self, name: str, due_at: float, accept: Callable[[Connection], str]) -> str | None:
        """Record one fire together with its run; None says that this fire was recorded before.

        `accept` inserts the run within the same transaction. A run that is refused leaves the fire with its problem.
        """
        with self._database.write() as connection:
            row = {"schedule": name, "due_at": due_at, "fired_at": 0.0, "problem": ""}
            if insert_missing(connection, fires, [row]) != 1:
                return None
            mine = (fires.c.schedule == name) & (fires.c.due_at == due_at)
            connection.execute(
                update(schedules)
                .where(schedules.c.name == name, func.coalesce(schedules.c.last_due, 0.0) < due_at)
                .values(last_due=due_at)
            )
            try:
                run = accept(connection)
            except NetPulseError as error:
                connection.execute(update(fires).where(mine).values(fired_at=now(), problem=str(error)))
                return ""
            connection.execute(update(fires).where(mine).values(fired_at=now(), run_id=run))
            return run

    def last_fire(self, name: str) -> tuple[float, str | None, str] | None:
        """Return due time, run and problem of the latest fire, or None."""
        query = select(fires).where(fires.c.schedule == name).order_by(fires.c.due_at.desc()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return (row.due_at, row.run_id, row.problem) if row else None
