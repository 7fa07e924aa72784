"""What the ledger knows of schedules: their definition, where it comes from, an interval's anchor, and pauses."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, delete, func, or_, select, update

from netpulse_core.errors import NotFound, Refused
from netpulse_core.ledger import audit
from netpulse_core.ledger.database import Database, again_if_beaten, clock
from netpulse_core.ledger.definitions import (
    as_shown,
    definition_of,
    digest_of,
    fire_of,
    schedule_of,
    status_of,
    with_parameters,
)
from netpulse_core.ledger.scheduletables import fires, schedules
from netpulse_core.ledger.sealedparameters import NOT_OPENED, OF_SCHEDULES, Parameters, why
from netpulse_core.ledger.upsert import insert_missing
from netpulse_core.model.schedule import ASTRAY, Fire, FireState, Schedule, ScheduleStatus, Source

OF_FILES = or_(schedules.c.source.is_(None), schedules.c.source == Source.FILE.value)


class Schedules:
    """The schedules of the ledger."""

    def __init__(self, database: Database, parameters: Parameters) -> None:
        self._database = database
        self._parameters = parameters

    @again_if_beaten
    def know(self, wanted: Sequence[Schedule], by: str = "scheduler") -> list[ScheduleStatus]:
        """Make these the schedules of files; a new or changed one starts counting now, others are kept.

        Those of the API stay, and keep their names: a file of the same name is left out.
        """
        with self._database.write() as connection:
            at = clock(connection)
            locked = select(schedules).order_by(schedules.c.name).with_for_update()
            rows = {row.name: row for row in connection.execute(locked)}
            taken = {name for name, row in rows.items() if row.source == Source.API.value}
            mine = {schedule.name: schedule for schedule in wanted if schedule.name not in taken}
            gone = and_(OF_FILES, schedules.c.name.not_in(mine))
            wait_no_more(connection, "the schedule was removed", gone)
            connection.execute(delete(schedules).where(gone))
            for name in sorted(rows.keys() - taken | mine.keys()):
                if name not in mine:
                    _said(connection, by, "schedule.removed", name, digest=None)
                else:
                    self._know(connection, mine[name], rows.get(name), at, by)
        return self.all()

    @again_if_beaten
    def seal(self) -> None:
        """Seal what was kept before there was a seal; where there is no key, it stays as it is."""
        plain = schedules.c.key_id.is_(None) & schedules.c.wrapped.is_(None)
        with self._database.write() as connection:
            query = select(schedules).where(plain).order_by(schedules.c.name).with_for_update()
            for row in connection.execute(query).all():
                fresh = self._row(schedule_of(row.definition), strict=False)
                if row.shown is None and (fresh["shown"] is None or fresh["wrapped"] is not None):
                    _keep(connection, row.name, fresh)

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
            rows = connection.execute(select(schedules).order_by(schedules.c.name)).all()
            return [
                status_of(row._mapping, *self._schedule(row), lasts.get(row.name), waiting.get(row.name))
                for row in rows
            ]

    def digest(self, schedule: Schedule) -> str:
        """Return the hash that a schedule is known by."""
        return digest_of(as_shown(schedule, self._parameters.shown))

    def one(self, name: str) -> ScheduleStatus:
        """Return one schedule, or raise NotFound."""
        found = {status.name: status for status in self.all()}
        if name not in found:
            raise no_schedule(name, found)
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
            row |= {**self._row(schedule), **_from(clock(connection))}
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
            fresh = self._row(schedule)
            if row.digest not in (fresh["digest"], digest_of(schedule)):
                named = schedules.c.name == schedule.name
                wait_no_more(connection, "the schedule was changed", named)
                values = {**fresh, **_from(clock(connection)), "made_by": by}
                connection.execute(update(schedules).where(named).values(values))
                _said(connection, by, "schedule.changed", schedule.name, digest=fresh["digest"], role=schedule.role)
            elif self._is_stale(row, fresh):
                _keep(connection, schedule.name, fresh)
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
            if row.paused_at is None:
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
            if row.paused_at is not None:
                values = {"paused_at": None, "paused_by": None, "paused_for": None, "passed": clock(connection)}
                connection.execute(update(schedules).where(schedules.c.name == name).values(**values))
                _said(connection, by, "schedule.resumed", name)
        return self.one(name)

    @again_if_beaten
    def come_back(self, now: float) -> list[str]:
        """Let schedules count from now that count from a time to come, and return their names.

        The ledger's clock was ahead and was set back. `now` is its time to the caller, who may have stood still.
        """
        with self._database.write() as connection:
            at = max(now, clock(connection))
            counted = (schedules.c.anchor, schedules.c.last_due, schedules.c.passed)
            values = {column: case((column > at, at), else_=column) for column in counted}
            strayed = or_(*(column > at + ASTRAY for column in counted))
            changed = update(schedules).where(strayed).values(values).returning(schedules.c.name)
            return sorted(connection.scalars(changed))

    def _know(self, connection: Connection, schedule: Schedule, row: Any, at: float, by: str) -> None:
        """Write the schedule of a file, unless it is known so; `row` is what was known before."""
        name, fresh = schedule.name, self._row(schedule, strict=False)
        if row is None:
            made = {"name": name, "source": Source.FILE.value, **fresh, **_from(at)}
            if insert_missing(connection, schedules, [made]) == 1:
                _said(connection, by, "schedule.added", name, digest=fresh["digest"])
            else:  # another came first; what it made is judged as what was known
                row = _locked(connection, name)
                if row.source != Source.API.value:
                    self._know(connection, schedule, row, at, by)
        elif row.digest not in (fresh["digest"], digest_of(schedule)):
            wait_no_more(connection, "the schedule was changed", schedules.c.name == name)
            connection.execute(update(schedules).where(schedules.c.name == name).values(**fresh, **_from(at)))
            _said(connection, by, "schedule.changed", name, digest=fresh["digest"])
        elif self._is_stale(row, fresh):
            _keep(connection, name, fresh)

    def _is_stale(self, row: Any, fresh: Mapping[str, Any]) -> bool:
        """Whether the same definition is kept otherwise than it would be now: before there was a seal, or a key."""
        if row.digest != fresh["digest"] or (row.shown is None) != (fresh["shown"] is None):
            return True
        if row.shown is None:
            return row.key_id is None
        return fresh["wrapped"] is not None and bool(self._schedule(row)[1])

    def _row(self, schedule: Schedule, *, strict: bool = True) -> dict[str, Any]:
        """Return a definition as it is kept.

        Where a secret in it cannot be sealed, Refused is raised; unless `strict`, it is left out, and nothing is fired.
        """
        digest = self.digest(schedule)
        kept = self._parameters.columns(schedule.request.parameters, OF_SCHEDULES, schedule.name, digest, strict=strict)
        definition = definition_of(with_parameters(schedule, kept.pop("parameters")))
        return {"digest": digest, "definition": definition, **kept}

    def _schedule(self, row: Any) -> tuple[Schedule, str]:
        """Return the schedule of a row; with marks, and why, where its parameters do not open here."""
        schedule = schedule_of(row.definition)
        try:
            given = self._parameters.opened(row, schedule.request.parameters, OF_SCHEDULES)
        except NOT_OPENED as error:
            return with_parameters(schedule, dict(row.shown)), why(error)
        return with_parameters(schedule, given), ""


def no_schedule(name: str, known: Iterable[str]) -> NotFound:
    """Return the error about a schedule that is not there, which knows these."""
    hint = "a scheduler that runs reads the site's files, and so does `netpulse schedules apply`"
    return NotFound("schedule", name, known=known, hint=hint)


def _from(at: float) -> dict[str, Any]:
    """Return what begins with a schedule that is new or changed."""
    return {"anchor": at, "last_due": None, "next_due": None}


def _keep(connection: Connection, name: str, fresh: Mapping[str, Any]) -> None:
    """Write the same definition as it is kept now: it goes on counting."""
    connection.execute(update(schedules).where(schedules.c.name == name).values(**fresh))


def wait_no_more(connection: Connection, why: str, of: ColumnElement[bool]) -> None:
    """Skip what waits for the run before it, of these schedules."""
    names = select(schedules.c.name).where(of)
    skipped = {"state": FireState.SKIPPED.value, "problem": f"skipped: {why} while it waited"}
    connection.execute(update(fires).where(waits(), fires.c.schedule.in_(names)).values(**skipped))


def waits() -> ColumnElement[bool]:
    """Whether a fire waits for the run before it; written as the index is."""
    return fires.c.state == FireState.QUEUED.value


def _locked(connection: Connection, name: str) -> Row[Any]:
    query = select(schedules).where(schedules.c.name == name).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        raise NotFound("schedule", name, known=connection.scalars(select(schedules.c.name)).all())
    return row


def _mine(connection: Connection, name: str) -> Row[Any]:
    row = _locked(connection, name)
    if row.source != Source.API.value:
        raise Refused(
            f"schedule {name!r} is that of a file", hint=f"change schedules/{name}.yaml: the file is the truth"
        )
    return row


def _by_schedule(rows: Iterable[Mapping[Any, Any]]) -> dict[str, Fire]:
    return {row["schedule"]: fire_of(row) for row in rows}


def _said(connection: Connection, by: str, action: str, name: str, **body: Any) -> None:
    audit.record(connection, by, action, name, body)
