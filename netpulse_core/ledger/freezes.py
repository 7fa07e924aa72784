"""Freezes: nothing that changes begins on the devices they mean, until somebody thaws them or their time is over."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import batched
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, exists, func, insert, or_, select, update

from netpulse_core.errors import Conflict, InvalidParameters, NotFound
from netpulse_core.ledger import audit, frozen, windowed
from netpulse_core.ledger.database import Database, again_if_beaten, clock, now
from netpulse_core.ledger.freezetables import freeze_devices, freeze_revisions, freezes
from netpulse_core.ledger.tables import held, jobs, runs
from netpulse_core.ledger.texts import storable
from netpulse_core.ledger.upsert import insert_missing
from netpulse_core.model.state import JobState
from netpulse_core.model.stopping import Freeze, NewFreeze
from netpulse_core.model.text import moment

AT_ONCE = 500
LATEST = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
"""The last time that can be written as a date wherever it is shown."""
SHOWN = 200
"""Freezes that have ended and are still listed, at most."""


class Freezes:
    """The freezes of the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @again_if_beaten
    def begin(self, new: NewFreeze, caller: str) -> Freeze:
        """Freeze devices, and return that with the changes which had begun before."""
        with self._database.write() as connection:
            frozen.alone(connection)
            at = clock(connection)
            until = new.until if new.seconds is None else at + new.seconds
            if until is not None and until <= at:
                raise InvalidParameters("freeze", ["the time it would end at has passed"])
            if until is not None and until > LATEST:
                raise InvalidParameters(
                    "freeze", ["no calendar has the time it would end at: without one, it ends by hand"]
                )
            row = {
                "id": new.id,
                "target": new.target,
                "reason": storable(new.reason),
                "reads_too": new.reads_too,
                "sentence": _sentence(new, caller, until),
                "created_at": at,
                "created_by": caller,
                "until_at": until,
            }
            connection.execute(insert(freezes).values(row))
            _read(connection, new.id, new.revision, new.keys)
            pushing = _pushing(connection, new.id)
            said = {"target": new.target, "reason": row["reason"], "reads_too": new.reads_too, "until": until}
            audit.record(connection, caller, "freeze.begun", new.id, said | {"devices": len(set(new.keys))})
        return self.one(new.id, pushing)

    @again_if_beaten
    def thaw(self, freeze: str, caller: str) -> Freeze:
        """End a freeze; the jobs that waited for it may be claimed at once."""
        with self._database.write() as connection:
            mine = freezes.c.id == freeze
            ended = connection.execute(
                update(freezes).where(mine, frozen.in_force()).values(thawed_at=now(), thawed_by=caller)
            )
            if ended.rowcount != 1:
                _explain(connection, freeze)
            audit.record(connection, caller, "freeze.thawed", freeze, {})
        return self.one(freeze)

    def one(self, freeze: str, pushing: tuple[str, ...] = ()) -> Freeze:
        """Return one freeze."""
        with self._database.read() as connection:
            row = connection.execute(_described().where(freezes.c.id == freeze)).mappings().one()
        return _freeze(row, pushing)

    def all(self, *, ended: bool = False) -> list[Freeze]:
        """Return the freezes in force, the newest first; or those and the latest of the ones that ended."""
        shown = frozen.in_force()
        if ended:
            over = select(freezes.c.id).where(_over()).order_by(freezes.c.created_at.desc()).limit(SHOWN)
            shown = or_(shown, freezes.c.id.in_(over))
        query = _described().where(shown).order_by(freezes.c.created_at.desc())
        with self._database.read() as connection:
            return [_freeze(row) for row in connection.execute(query).mappings()]

    def unread(self, revision: str) -> list[tuple[str, str]]:
        """Return the freezes in force, with their targets, of which nobody has said whom they mean on this revision."""
        read = exists().where(freeze_revisions.c.freeze == freezes.c.id, freeze_revisions.c.revision == revision)
        query = select(freezes.c.id, freezes.c.target).where(frozen.in_force(), freezes.c.target.is_not(None), ~read)
        with self._database.read() as connection:
            return [(row.id, row.target) for row in connection.execute(query)]

    @again_if_beaten
    def read(self, freeze: str, revision: str, keys: Sequence[str]) -> None:
        """Say whom a freeze means on this revision, beside those it is known to mean."""
        with self._database.write() as connection:
            _read(connection, freeze, revision, keys)

    def of_run(self, run: str) -> list[tuple[str, int]]:
        """Return the words of the freezes a run waits for, each with how many of its devices it means."""
        with self._database.read() as connection:
            rows = connection.execute(_OF_RUN, {"np_run": run})
            return [(row.sentence, row.number) for row in rows if row.number]


def anything_stops(connection: Connection) -> bool:
    """Whether a freeze is in force, or a living worker reads maintenance windows."""
    return bool(connection.scalar(_ANYTHING))


def _of_run() -> Select[Any]:
    mine = select(func.count()).where(jobs.c.run_id == bindparam("np_run"), frozen.means(frozen.of_its_run()))
    number = mine.correlate_except(jobs).scalar_subquery().label("number")
    return select(freezes.c.sentence, number).where(frozen.in_force()).order_by(freezes.c.created_at)


_ANYTHING = select(or_(exists(select(freezes.c.id).where(frozen.in_force())), exists(windowed.in_force())))
_OF_RUN = _of_run()  # asked for every run: its construction would cost more than its answer


def _sentence(new: NewFreeze, caller: str, until: float | None) -> str:
    ends = "" if until is None else f" until {moment(until)}"
    return storable(f"frozen by {caller}{ends}: {new.reason} (netpulse thaw {new.id})")


def _read(connection: Connection, freeze: str, revision: str, keys: Sequence[str]) -> None:
    rows = [{"freeze": freeze, "device_key": key} for key in sorted(set(keys))]
    for some in batched(rows, AT_ONCE):
        insert_missing(connection, freeze_devices, some)
    insert_missing(connection, freeze_revisions, [{"freeze": freeze, "revision": revision}])


def _pushing(connection: Connection, freeze: str) -> tuple[str, ...]:
    query = (
        select(jobs.c.id, jobs.c.device)
        .select_from(jobs.join(runs, runs.c.id == jobs.c.run_id).join(freezes, freezes.c.id == freeze))
        .where(held(), jobs.c.state == JobState.PUSHING.value, frozen.means(runs.c.changes))
    )
    # Sorted here: asked for that order, SQLite walks all jobs in it, and not those that are held.
    return tuple(row.device for row in sorted(connection.execute(query), key=attrgetter("id")))


def _explain(connection: Connection, freeze: str) -> None:
    known = connection.scalars(select(freezes.c.id).where(frozen.in_force())).all()
    if connection.scalar(select(freezes.c.id).where(freezes.c.id == freeze)) is not None:
        raise Conflict(f"freeze {freeze} has ended already")
    raise NotFound("freeze", freeze, known=known, hint="`netpulse freezes` lists them")


def _described() -> Any:
    number = select(func.count()).where(freeze_devices.c.freeze == freezes.c.id).scalar_subquery()
    return select(freezes, number.label("number"), _over().label("over"))


def _over() -> ColumnElement[bool]:
    return or_(freezes.c.thawed_at.is_not(None), and_(freezes.c.until_at.is_not(None), freezes.c.until_at <= now()))


def _freeze(row: Any, pushing: tuple[str, ...] = ()) -> Freeze:
    same = (
        "id", "target", "reason", "reads_too", "created_at", "created_by", "until_at", "thawed_at", "thawed_by"
    )  # fmt: skip
    return Freeze(
        **{name: row[name] for name in same},
        devices=None if row["target"] is None else row["number"],
        ended=bool(row["over"]),
        pushing=pushing,
    )
