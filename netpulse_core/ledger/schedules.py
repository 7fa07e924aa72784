"""What the ledger knows of schedules: their definition, where it comes from, an interval's anchor, and pauses."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from netpulse_core.errors import NotFound, Refused
from netpulse_core.ledger import audit
from netpulse_core.ledger.database import Database, again_if_beaten, clock
from netpulse_core.ledger.definitions import definition_of, digest_of, fire_of, status_of
from netpulse_core.ledger.scheduletables import fires, schedules
from netpulse_core.ledger.upsert import insert_missing
from netpulse_core.model.schedule import Fire, FireState, Schedule, ScheduleStatus, Source

OF_FILES = or_(schedules.c.source.is_(None), schedules.c.source == Source.FILE.value)


class Schedules:
    """The schedules of the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @again_if_beaten
    def know(self, wanted: Sequence[Schedule], by: str = "scheduler") -> list[ScheduleStatus]:
        """Make these the schedules of files; a new or changed one starts counting now, others are kept.

        Those of the API stay, and keep their names: a file of the same name is left out.
        """
        with self._database.write() as connection:
            at = clock(connection)
            taken = set(connection.scalars(select(schedules.c.name).where(~OF_FILES)))
            mine = [schedule for schedule in wanted if schedule.name not in taken]
            _audited(connection, mine, by)
            gone = and_(OF_FILES, schedules.c.name.not_in([one.name for one in mine]))
            wait_no_more(connection, "the schedule was removed", gone)
            connection.execute(delete(schedules).where(gone))
            for schedule in sorted(mine, key=lambda one: one.name):
                fresh = _fresh(schedule, at)
                row = {"name": schedule.name, "source": Source.FILE.value, **fresh}
                insert_missing(connection, schedules, [row])
                changed = and_(schedules.c.name == schedule.name, schedules.c.digest != fresh["digest"], OF_FILES)
                wait_no_more(connection, "the schedule was changed", changed)
                connection.execute(update(schedules).where(changed).values(**fresh))
        return self.all()

    def all(self) -> list[ScheduleStatus]:
        """Return every schedule the ledger knows, by name."""
        latest = (
            select(fires.c.schedule, func.max(fires.c.due_at).label("due_at")).group_by(fires.c.schedule).subquery()
        )
        last = select(fires).join(
            latest, and_(latest.c.schedule == fires.c.schedule, latest.c.due_at == fires.c.due_at)
        )
        with self._database.read() as connection:
            lasts = _by_schedule(connection.execute(last).mappings())
            waiting = _by_schedule(connection.execute(select(fires).where(waits())).mappings())
            rows = connection.execute(select(schedules).order_by(schedules.c.name)).mappings()
            return [status_of(row, lasts.get(row["name"]), waiting.get(row["name"])) for row in rows]

    def one(self, name: str) -> ScheduleStatus:
        """Return one schedule, or raise NotFound."""
        found = {status.name: status for status in self.all()}
        if name not in found:
            hint = "a scheduler that runs reads the site's files, and so does `netpulse schedules apply`"
            raise NotFound("schedule", name, known=found, hint=hint)
        return found[name]

    def announce(self, name: str, next_due: float | None) -> None:
        """Say when a schedule is due next, for people to read."""
        with self._database.write() as connection:
            connection.execute(update(schedules).where(schedules.c.name == name).values(next_due=next_due))

    @again_if_beaten
    def make(self, schedule: Schedule, by: str) -> ScheduleStatus:
        """Add a schedule of the API; raise Refused where the name is taken."""
        with self._database.write() as connection:
            row = {"name": schedule.name, "source": Source.API.value, "made_by": by}
            row |= _fresh(schedule, clock(connection))
            if insert_missing(connection, schedules, [row]) != 1:
                raise Refused(
                    f"there is a schedule {schedule.name!r} already", hint="change it with PUT, or give another name"
                )
            _said(connection, by, "schedule.added", schedule.name, digest=row["digest"], role=schedule.role)
        return self.one(schedule.name)

    @again_if_beaten
    def replace(self, schedule: Schedule, by: str) -> ScheduleStatus:
        """Change a schedule of the API, which starts counting now, unless it says what it said before."""
        with self._database.write() as connection:
            row = _mine(connection, schedule.name)
            fresh = _fresh(schedule, clock(connection))
            if row["digest"] != fresh["digest"]:
                named = schedules.c.name == schedule.name
                wait_no_more(connection, "the schedule was changed", named)
                connection.execute(update(schedules).where(named).values(**fresh, made_by=by))
                _said(connection, by, "schedule.changed", schedule.name, digest=fresh["digest"], role=schedule.role)
        return self.one(schedule.name)

    @again_if_beaten
    def remove(self, name: str, by: str) -> None:
        """Remove a schedule of the API; what became of its due times is kept."""
        with self._database.write() as connection:
            _mine(connection, name)
            wait_no_more(connection, "the schedule was removed", schedules.c.name == name)
            connection.execute(delete(schedules).where(schedules.c.name == name))
            _said(connection, by, "schedule.removed", name)

    @again_if_beaten
    def pause(self, name: str, by: str, reason: str) -> ScheduleStatus:
        """Let a schedule not fire until it is resumed; one that is paused already keeps its first word."""
        with self._database.write() as connection:
            row = _locked(connection, name)
            if row["paused_at"] is None:
                values = {"paused_at": clock(connection), "paused_by": by, "paused_for": reason, "next_due": None}
                wait_no_more(connection, "the schedule was paused", schedules.c.name == name)
                connection.execute(update(schedules).where(schedules.c.name == name).values(**values))
                _said(connection, by, "schedule.paused", name, reason=reason)
        return self.one(name)

    @again_if_beaten
    def resume(self, name: str, by: str) -> ScheduleStatus:
        """Let a schedule fire again; what was due meanwhile is behind it."""
        with self._database.write() as connection:
            row = _locked(connection, name)
            if row["paused_at"] is not None:
                values = {"paused_at": None, "paused_by": None, "paused_for": None, "passed": clock(connection)}
                connection.execute(update(schedules).where(schedules.c.name == name).values(**values))
                _said(connection, by, "schedule.resumed", name)
        return self.one(name)


def wait_no_more(connection: Connection, why: str, of: ColumnElement[bool]) -> None:
    """Skip what waits for the run before it, of these schedules."""
    names = select(schedules.c.name).where(of)
    skipped = {"state": FireState.SKIPPED.value, "problem": f"skipped: {why} while it waited"}
    connection.execute(update(fires).where(waits(), fires.c.schedule.in_(names)).values(**skipped))


def waits() -> ColumnElement[bool]:
    """Whether a fire waits for the run before it; written as the index is."""
    return fires.c.state == FireState.QUEUED.value


def _fresh(schedule: Schedule, at: float) -> dict[str, Any]:
    definition, digest = definition_of(schedule), digest_of(schedule)
    return {"digest": digest, "definition": definition, "anchor": at, "last_due": None, "next_due": None}


def _locked(connection: Connection, name: str) -> Mapping[Any, Any]:
    query = select(schedules).where(schedules.c.name == name).with_for_update()
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound("schedule", name, known=connection.scalars(select(schedules.c.name)).all())
    return row


def _mine(connection: Connection, name: str) -> Mapping[Any, Any]:
    row = _locked(connection, name)
    if row["source"] != Source.API.value:
        raise Refused(
            f"schedule {name!r} is that of a file", hint=f"change schedules/{name}.yaml: the file is the truth"
        )
    return row


def _by_schedule(rows: Iterable[Mapping[Any, Any]]) -> dict[str, Fire]:
    return {row["schedule"]: fire_of(row) for row in rows}


def _audited(connection: Connection, wanted: Sequence[Schedule], by: str) -> None:
    known = connection.execute(select(schedules.c.name, schedules.c.digest).where(OF_FILES))
    before = {row.name: row.digest for row in known}
    after = {schedule.name: digest_of(schedule) for schedule in wanted}
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            done = "added" if name not in before else "removed" if name not in after else "changed"
            _said(connection, by, f"schedule.{done}", name, digest=after.get(name))


def _said(connection: Connection, by: str, action: str, name: str, **body: Any) -> None:
    audit.record(connection, by, action, name, body)
