"""Which history PostgreSQL goes by: a standby that was promoted, or a backup that was put back, may lack the latest.

Its name is `SYSTEM/TIMELINE/TABLE`: the cluster's system identifier, the timeline as names of WAL files begin with it,
which a promotion counts up (PostgreSQL manual, "Timelines"), and the id of a table, which a restored dump has anew.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
from sqlalchemy import ColumnElement, Connection, Engine, Text, event, exists, select, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from netpulse_core.errors import ServiceError
from netpulse_core.ledger.address import IS_STANDBY
from netpulse_core.ledger.timelinetables import timelines
from netpulse_core.ledger.upsert import insert_missing

log = logging.getLogger(__name__)

_NAME = (
    "((SELECT system_identifier FROM pg_control_system())"
    " || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"
    " || '/' || CAST(CAST(to_regclass('timelines') AS oid) AS text))"
)
_ASKED = f"SELECT CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE {_NAME} END"

_TIMELINE = "timeline"

_CANNOT_SAY = {"42501", "42883", "0A000"}
"""Insufficient privilege, undefined function, not supported: some hosted servers keep these functions back."""


class timeline(FunctionElement[str]):  # noqa: N801  it reads as SQL, in statements
    """The name of the history that the server goes by when the statement runs."""

    type = Text()
    inherit_cache = True


@compiles(timeline, "postgresql")
def _timeline_postgresql(element: timeline, compiler: Any, **options: Any) -> str:
    return _NAME


@dataclass(frozen=True, slots=True)
class Moved:
    """A ledger that goes by another history than the one it was written in."""

    was: str
    now: str

    @property
    def promoted(self) -> bool:
        """Whether it is the same database all the same, on a server that was promoted."""
        (system, _, table), (new_system, _, new_table) = self.was.split("/"), self.now.split("/")
        return (system, table) == (new_system, new_table)

    @property
    def back(self) -> bool:
        """Whether the server stands where others have left: it was the primary once, and is up again."""
        return self.promoted and self.now.split("/")[1] < self.was.split("/")[1]

    def __str__(self) -> str:
        if self.promoted:
            lines = (int(name.split("/")[1], 16) for name in (self.was, self.now))
            return "PostgreSQL failed over, from timeline {} to {}".format(*lines)
        return "PostgreSQL holds a copy of this ledger that was put back"


class Timeline:
    """The history that this process goes by; each connection says by which its server does."""

    def __init__(self, engine: Engine) -> None:
        self.moved: Callable[[Connection, Moved], None] = lambda connection, moved: None
        """What is done, in one transaction, before anything is written in another history."""
        self._name: str | None = None
        self._newest: str | None = None
        self._said = True
        event.listen(engine, "connect", self._ask)

    def is_of(self, connection: Connection) -> bool:
        """Whether the server of this very connection was seen to go by the history that was settled on."""
        return not self._said or (self._name is not None and _noted(connection).get(_TIMELINE) == self._name)

    @property
    def known(self) -> bool:
        """Whether the server says which history it goes by, as far as it was asked."""
        return self._said

    def unsettled(self, connection: Connection) -> Moved | None:
        """Return from which history to which the server went, where nobody has dealt with that yet."""
        row = connection.execute(select(timelines.c.name, timeline())).first() if self._said else None
        return Moved(*row) if row is not None and row[0] != row[1] else None

    def conditions(self) -> tuple[ColumnElement[bool], ...]:
        """Return what must hold in a statement that may only take effect in the history that the ledger goes by.

        Both are asked: of a server that was left, the ledger agrees with itself.
        """
        if not self._said:
            return ()
        return exists().where(timelines.c.name == timeline()), timeline() == (self._name or "")

    def agrees(self, connection: Connection) -> bool:
        """Whether a server goes by the history of the ledger; where not, the next who writes deals with it."""
        same = all(connection.scalar(select(one)) for one in self.conditions())
        if not same:
            self._name = None  # behind a pooler, any connection may lead to another server by now
        return same

    def settle(self, connection: Connection, at: float) -> Callable[[], None] | None:
        """Note the history of the server, or deal with its being another; call what is returned after the commit.

        None is a ledger of a shape that knows none. Raises ServiceError where the server is one that was left.
        """
        name = connection.scalar(select(timeline()))
        if name is None:
            return None
        self._refuse_what_was_left(name)
        insert_missing(connection, timelines, [{"id": 1, "name": name, "since_at": at}])
        before = connection.scalars(select(timelines.c.name).with_for_update()).one()
        if before != name:
            self.moved(connection, Moved(before, name))
            connection.execute(update(timelines).values(name=name, since_at=at))
        return partial(self._settle_on, name, _noted(connection))

    def _settle_on(self, name: str, noted: dict[Any, Any]) -> None:
        noted[_TIMELINE] = self._name = self._newest = name

    def _refuse_what_was_left(self, name: str) -> None:
        if self._newest is not None and (moved := Moved(self._newest, name)).back:
            raise ServiceError(
                f"the ledger is not available: {moved}, which was left",
                hint="a server that was the primary before is up again: stop it, and see where the URL leads",
            )

    def _ask(self, connection: Any, record: Any) -> None:
        try:
            row = connection.execute(_ASKED).fetchone()
        except psycopg.Error as error:
            if error.sqlstate not in _CANNOT_SAY:
                raise
            self._go_without(error)
            return
        finally:
            connection.rollback()
        if row[0] == "standby":
            raise psycopg.OperationalError(IS_STANDBY)
        record.record_info[_TIMELINE] = row[0]

    def _go_without(self, error: psycopg.Error) -> None:
        if self._said:
            log.warning("after a failover `netpulse ledger restored` is up to you: the ledger's server says %s", error)
        self._said = False


def _noted(connection: Connection) -> dict[Any, Any]:
    """Return what is kept with a connection for as long as it lives, unlike its `info`, which each writer clears."""
    return connection.connection.record_info or {}
