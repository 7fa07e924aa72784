"""Which of its candidates each device took last: names and keyed fingerprints, never a value."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, select, update

from netpulse_core.ledger import audit
from netpulse_core.ledger.database import Database, again_if_beaten, clock
from netpulse_core.ledger.logintables import taken
from netpulse_core.ledger.upsert import insert_missing
from netpulse_core.model.logins import Known, Refusal, Taken

MOST_REFUSED = 8
"""Refused credentials that are remembered of one way to a device: a rotation has two or three."""


class TakenRow(NamedTuple):
    """What one way to a device took last."""

    device: str
    driver: str
    name: str
    user: str
    at: float
    since: float


class TakenCredentials:
    """What devices took and refused of their candidates, the same for every node."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, device: str, driver: str) -> Known:
        """Return what this way to a device took last, or else what another did; and what any of them refused.

        An account is the device's, whichever way it is asked for: what one way refused, the others are spared.
        """
        with self._database.read() as connection:
            rows = connection.execute(select(taken).where(taken.c.device == device)).all()
            now = clock(connection) if rows else 0.0
        named = sorted((row for row in rows if row.name is not None), key=lambda row: (row.driver == driver, row.at))
        said = sorted((one for row in rows for one in row.refused.items()), key=lambda one: float(one[1]["at"]))
        refused = {what: Refusal(max(0.0, now - last["at"]), last["job"]) for what, last in said}
        return Known(named[-1].name if named else None, refused)

    @again_if_beaten
    def took(self, device: str, driver: str, took: Taken) -> None:
        """Remember what a device took; that it took another one than before is in the audit."""
        with self._database.write() as connection:
            row, at = self._locked(connection, device, driver), clock(connection)
            refused = {id: said for id, said in row.refused.items() if id not in took.sent}
            values: dict[str, Any] = {"position": took.position, "user": took.user, "at": at, "refused": refused}
            if row.name != took.name:
                values |= {"name": took.name, "since": at}
                if row.name is not None:
                    said = {"driver": driver, "user": took.user, "took": took.name, "instead_of": row.name}
                    audit.record(connection, "netpulse", "credential.taken", device, said)
            connection.execute(update(taken).where(_is(device, driver)).values(**values))

    @again_if_beaten
    def refused(self, device: str, driver: str, what: str, job: int | None) -> None:
        """Remember that a device refused, in a job, what has this id."""
        with self._database.write() as connection:
            row, at = self._locked(connection, device, driver), clock(connection)
            refused = {**row.refused, what: {"at": at, "job": job}}
            newest = sorted(refused.items(), key=lambda one: one[1]["at"])[-MOST_REFUSED:]
            connection.execute(update(taken).where(_is(device, driver)).values(refused=dict(newest)))

    def all(self) -> Iterator[TakenRow]:
        """Yield what each way to each device took last."""
        columns = taken.c.device, taken.c.driver, taken.c.name, taken.c.user, taken.c.at, taken.c.since
        query = select(*columns).where(taken.c.name.is_not(None)).order_by(taken.c.device, taken.c.driver)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return (TakenRow(*row) for row in rows)

    def _locked(self, connection: Connection, device: str, driver: str) -> Row[Any]:
        insert_missing(connection, taken, [{"device": device, "driver": driver, "refused": {}}])
        row = connection.execute(select(taken).where(_is(device, driver)).with_for_update()).first()
        assert row is not None
        return row


def _is(device: str, driver: str) -> ColumnElement[bool]:
    return (taken.c.device == device) & (taken.c.driver == driver)
