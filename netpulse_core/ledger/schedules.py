"""What the ledger knows of schedules: their definition, an interval's anchor, and every fire, once."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from netpulse_core.errors import NetPulseError, NotFound
from netpulse_core.ledger import audit
from netpulse_core.ledger.database import Database, again_if_beaten, clock, now
from netpulse_core.ledger.tables import fires, schedules
from netpulse_core.ledger.upsert import insert_missing
from netpulse_core.model.run import RunRequest
from netpulse_core.model.schedule import Schedule, ScheduleStatus


class Schedules:
    """The schedules and fires of the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @again_if_beaten
    def know(self, wanted: Sequence[Schedule]) -> list[ScheduleStatus]:
        """Make these the schedules the ledger knows; a new or changed one starts counting now, others are kept."""
        with self._database.write() as connection:
            at = clock(connection)
            _audited(connection, wanted)
            connection.execute(delete(schedules).where(schedules.c.name.not_in([one.name for one in wanted])))
            for schedule in sorted(wanted, key=lambda one: one.name):
                definition, digest = _definition(schedule), _digest(schedule)
                fresh = {"digest": digest, "definition": definition, "anchor": at, "last_due": None, "next_due": None}
                insert_missing(connection, schedules, [{"name": schedule.name, **fresh}])
                connection.execute(
                    update(schedules)
                    .where(schedules.c.name == schedule.name, schedules.c.digest != digest)
                    .values(**fresh)
                )
        return self.all()

    def all(self) -> list[ScheduleStatus]:
        """Return every schedule the ledger knows, by name."""
        latest = (
            select(fires.c.schedule, func.max(fires.c.due_at).label("due_at")).group_by(fires.c.schedule).subquery()
        )
        query = (
            select(schedules, fires.c.run_id, fires.c.problem)
            .select_from(
                schedules.outerjoin(latest, latest.c.schedule == schedules.c.name).outerjoin(
                    fires, (fires.c.schedule == latest.c.schedule) & (fires.c.due_at == latest.c.due_at)
                )
            )
            .order_by(schedules.c.name)
        )
        with self._database.read() as connection:
            return [_status(row) for row in connection.execute(query).mappings()]

    def one(self, name: str) -> ScheduleStatus:
        """Return one schedule, or raise NotFound."""
        found = {status.name: status for status in self.all()}
        if name not in found:
            raise NotFound("schedule", name, known=found, hint="is a scheduler running? schedules come from its site")
        return found[name]

    def announce(self, name: str, next_due: float | None) -> None:
        """Say when a schedule is due next, for people to read."""
        with self._database.write() as connection:
            connection.execute(update(schedules).where(schedules.c.name == name).values(next_due=next_due))

    @again_if_beaten
    def fire(self, name: str, due_at: float, accept: Callable[[Connection], str]) -> str | None:
        """Record one fire together with its run and return the run; None says this fire was recorded before.

        `accept` inserts the run within the same transaction. One that is refused leaves the fire with its problem,
        and gives an empty text.
        """
        with self._database.write() as connection:
            row = {"schedule": name, "due_at": due_at, "fired_at": 0.0, "problem": ""}
            if insert_missing(connection, fires, [row]) != 1:
                return None
            connection.execute(
                update(schedules)
                .where(schedules.c.name == name, func.coalesce(schedules.c.last_due, 0.0) < due_at)
                .values(last_due=due_at)
            )
            mine = (fires.c.schedule == name) & (fires.c.due_at == due_at)
            try:
                run = accept(connection)
            except NetPulseError as error:
                connection.execute(update(fires).where(mine).values(fired_at=now(), problem=str(error)))
                return ""
            connection.execute(update(fires).where(mine).values(fired_at=now(), run_id=run))
            return run


def _audited(connection: Connection, wanted: Sequence[Schedule]) -> None:
    before = {row.name: row.digest for row in connection.execute(select(schedules.c.name, schedules.c.digest))}
    after = {schedule.name: _digest(schedule) for schedule in wanted}
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            done = "added" if name not in before else "removed" if name not in after else "changed"
            audit.record(connection, "scheduler", f"schedule.{done}", name, {"digest": after.get(name)})


def _digest(schedule: Schedule) -> str:
    return hashlib.sha256(json.dumps(_definition(schedule), sort_keys=True).encode()).hexdigest()


def _definition(schedule: Schedule) -> dict[str, Any]:
    """Return a schedule as data, what later versions added left out where it is not said.

    Another digest would make a schedule nobody touched count anew.
    """
    definition = asdict(schedule)
    if not schedule.role:
        del definition["role"]
    return definition


def _status(row: Mapping[Any, Any]) -> ScheduleStatus:
    definition = dict(row["definition"])
    definition["request"] = RunRequest(**definition["request"])
    return ScheduleStatus(
        name=row["name"],
        schedule=Schedule(**definition),
        anchor=row["anchor"],
        last_due=row["last_due"],
        next_due=row["next_due"],
        last_run=row["run_id"],
        problem=row["problem"] or "",
    )
