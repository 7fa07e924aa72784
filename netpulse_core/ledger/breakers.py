"""Breakers: a device that could not be reached several times in a row is tried by one login at a time."""

import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, delete, select, update

from netpulse_core.errors import NotFound
from netpulse_core.ledger import audit, waiting
from netpulse_core.ledger.database import Database, again_if_beaten, clock
from netpulse_core.ledger.logintables import breakers
from netpulse_core.ledger.texts import storable
from netpulse_core.ledger.upsert import insert_missing
from netpulse_core.model.logins import Breaker, Stop
from netpulse_core.model.text import instant

LONGEST_REASON = 200


class BreakerRule(NamedTuple):
    """When a breaker opens and for how long, in failures and seconds; each time it stays open twice as long."""

    failures: int = 5
    cooldown: float = 30.0
    longest: float = 600.0

    def open_for(self, times: int) -> float:
        """Return the seconds it stays open when it opens for the nth time in a row."""
        return min(self.longest, self.cooldown * 2.0 ** min(times - 1, 30))


class Endpoint(NamedTuple):
    """What a breaker guards: one way to log in to one device."""

    address: str
    driver: str
    device: str

    @property
    def waits_on(self) -> str:
        """What a job that waits for this breaker waits on."""
        return f"breaker {self.driver} {self.address}"


class Breakers:
    """The breakers of the ledger, the same for every node."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @again_if_beaten
    def ask(self, endpoint: Endpoint, seconds: float) -> Stop | str | None:
        """Return why a login has to wait, the name of the one probe that may try, or None where nothing is open.

        A probe that tells nobody how it went, because its node died, is over after these seconds.
        """
        with self._database.write() as connection:
            row = _locked(connection, endpoint)
            if row is None or row.open_until is None:
                return None
            at = clock(connection)
            if at < row.open_until:
                return _stop(endpoint, row, row.open_until - at)
            if row.probe_until is not None and at < row.probe_until:
                return _stop(endpoint, row, row.probe_until - at)
            name = secrets.token_hex(6)
            connection.execute(update(breakers).where(_is(endpoint)).values(probe=name, probe_until=at + seconds))
            return name

    @again_if_beaten
    def failed(self, endpoint: Endpoint, error: str, probe: str | None, rule: BreakerRule) -> None:
        """Count a failure; a probe's, or the one that is too many, opens the breaker."""
        with self._database.write() as connection:
            insert_missing(connection, breakers, [_fresh(endpoint)])
            row = _locked(connection, endpoint)
            assert row is not None
            at, values = clock(connection), dict[str, Any]()
            mine = probe is not None and row.probe == probe
            if mine or (row.open_until is None and row.failures + 1 >= rule.failures > 0):
                values = {"opened": row.opened + 1, "open_until": at + rule.open_for(row.opened + 1)}
                values |= {"probe": None, "probe_until": None}
                if row.opened == 0:
                    said = {"driver": endpoint.driver, "endpoint": endpoint.address, "failures": row.failures + 1}
                    audit.record(connection, "netpulse", "breaker.opened", endpoint.device, said | {"last": error})
            connection.execute(
                update(breakers)
                .where(_is(endpoint))
                .values(
                    device=endpoint.device,
                    failures=row.failures + 1,
                    failed_at=at,
                    last_error=storable(error)[:LONGEST_REASON],
                    **values,
                )
            )

    @again_if_beaten
    def undecided(self, endpoint: Endpoint, probe: str) -> list[str]:
        """End a probe that says nothing of the device, so that the next login may try; return whom that lets go on."""
        with self._database.write() as connection:
            mine = _is(endpoint), breakers.c.probe == probe
            ended = connection.execute(update(breakers).where(*mine).values(probe=None, probe_until=None))
            return waiting.release(connection, endpoint.waits_on) if ended.rowcount else []

    @again_if_beaten
    def reached(self, endpoint: Endpoint) -> list[str]:
        """Close a breaker and forget its failures; return the keys of the devices whose jobs may go on."""
        with self._database.write() as connection:
            row = _locked(connection, endpoint)
            if row is None:
                return []
            return _closed(connection, [row], "netpulse")

    @again_if_beaten
    def close(self, device: str, *, by: str) -> list[str]:
        """Close every breaker of a device because a person says so; return as `reached` does."""
        with self._database.write() as connection:
            query = select(breakers).where(breakers.c.device == device).order_by(breakers.c.endpoint, breakers.c.driver)
            rows = connection.execute(query.with_for_update()).all()
            if not rows:
                known = connection.scalars(select(breakers.c.device).distinct()).all()
                raise NotFound("breaker of", device, known=known, hint="`netpulse breakers` lists them")
            return _closed(connection, rows, by, always=True)

    def all(self) -> list[Breaker]:
        """Return every device that failed since it was last reached, the open ones first."""
        with self._database.read() as connection:
            at, waits = clock(connection), waiting.counts(connection)
            rows = connection.execute(select(breakers)).all()
        found = [
            Breaker(
                device=row.device,
                endpoint=row.endpoint,
                driver=row.driver,
                failures=row.failures,
                open_until=row.open_until,
                probing=row.probe_until is not None and at < row.probe_until,
                failed_at=row.failed_at,
                last_error=row.last_error,
                waiting=waits.get(Endpoint(row.endpoint, row.driver, row.device).waits_on, 0),
            )
            for row in rows
        ]
        return sorted(found, key=lambda one: (one.open_until is None, one.device, one.driver))


def _is(endpoint: Endpoint) -> ColumnElement[bool]:
    return (breakers.c.endpoint == endpoint.address) & (breakers.c.driver == endpoint.driver)


def _locked(connection: Connection, endpoint: Endpoint) -> Row[Any] | None:
    return connection.execute(select(breakers).where(_is(endpoint)).with_for_update()).first()


def _closed(connection: Connection, rows: Sequence[Row[Any]], by: str, *, always: bool = False) -> list[str]:
    keys: set[str] = set()
    for row in rows:
        endpoint = Endpoint(row.endpoint, row.driver, row.device)
        connection.execute(delete(breakers).where(_is(endpoint)))
        if always or row.open_until is not None:
            said = {"driver": row.driver, "endpoint": row.endpoint, "failures": row.failures}
            audit.record(connection, by, "breaker.closed", row.device, said)
            keys.update(waiting.release(connection, endpoint.waits_on))
    return sorted(keys)


def _fresh(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "endpoint": endpoint.address,
        "driver": endpoint.driver,
        "device": endpoint.device,
        "failures": 0,
        "opened": 0,
        "last_error": "",
    }


def _stop(endpoint: Endpoint, row: Row[Any], seconds: float) -> Stop:
    last = row.last_error.removeprefix(f"{endpoint.device}: ")
    why = f"({row.failures} failures, last: {last})"
    if row.probe_until is not None:
        reason = f"the breaker of {endpoint.device} is open, and one login is trying it now {why}"
    else:
        reason = f"the breaker of {endpoint.device} is open until {instant(row.open_until)} {why}"
    hint = f"see `netpulse breakers`; once it is well again: netpulse breakers close {endpoint.device}"
    return Stop(on=endpoint.waits_on, reason=reason, hint=hint, retry_in=seconds)
