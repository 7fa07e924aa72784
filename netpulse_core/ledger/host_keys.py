"""Host keys: the ones believed, and the ones devices offered instead."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, delete, insert, select, tuple_

from netpulse_core.errors import Conflict, NotFound, Refused
from netpulse_core.ledger import audit
from netpulse_core.ledger.database import Database, again_if_beaten, clock
from netpulse_core.ledger.logintables import host_keys
from netpulse_core.ledger.together import Together
from netpulse_core.ledger.upsert import insert_missing
from netpulse_core.model.connection import HostKey
from netpulse_core.model.logins import KeyState, SeenHostKey

_ANEW = "where it has no key of that kind any more, it is believed anew after: netpulse hostkeys forget {device}"

_Endpoint = tuple[str, int]
"""An address, with the way there, and a port."""

_KNOWN_ONCE = "keys are known once a device was logged in to over SSH"

FIRST_USE = "first use"
"""Who pinned a key that nobody approved."""


class HostKeyBook:
    """The host keys of the ledger; an endpoint is an address, with the way there, and a port."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # A run meets all its devices at once.
        self._ask = Together(self._ask_for_each)
        self._pin = Together(self._pin_each)

    def pinned(self, address: str, port: int) -> list[HostKey]:
        """Return the keys believed of this endpoint."""
        return self._ask((address, port))

    def pin(self, device: str, address: str, port: int, key: HostKey) -> list[HostKey]:
        """Believe this key unless another is believed by now, and return what is: who comes second is told so."""
        return self._pin(_row(device, address, port, key, KeyState.PINNED) | {"seen_by": FIRST_USE, "first_use": True})

    def _ask_for_each(self, endpoints: Sequence[_Endpoint]) -> list[list[HostKey]]:
        with self._database.read() as connection:
            found = _pinned_at(connection, endpoints)
        return [found.get(endpoint, []) for endpoint in endpoints]

    def _pin_each(self, rows: Sequence[dict[str, Any]]) -> list[list[HostKey]]:
        endpoints = [(row["address"], row["port"]) for row in rows]
        with self._database.write() as connection:
            believed = _pinned_at(connection, endpoints)
            first: dict[_Endpoint, dict[str, Any]] = {}
            for endpoint, row in zip(endpoints, rows, strict=True):
                if endpoint not in believed:
                    first.setdefault(endpoint, row)
            if first:
                _pin_first(connection, [first[endpoint] for endpoint in sorted(first)])  # two writers meet in no ring
                believed |= _pinned_at(connection, list(first))
            # None of an endpoint that another worker pinned and somebody had forgotten, both meanwhile.
            return [believed.get(endpoint, []) for endpoint in endpoints]

    @again_if_beaten
    def offer(self, device: str, address: str, port: int, key: HostKey) -> None:
        """Keep a key that was refused, and audit it once."""
        row = _row(device, address, port, key, KeyState.OFFERED) | {"seen_by": device, "first_use": False}
        mine = _endpoint(address, port) & (host_keys.c.state == KeyState.OFFERED)
        with self._database.write() as connection:
            known = connection.scalar(
                select(host_keys.c.blob).where(mine, host_keys.c.algorithm == key.algorithm).with_for_update()
            )
            if known == key.blob:
                return
            connection.execute(delete(host_keys).where(mine))  # what it showed before is no longer to be approved
            insert_missing(connection, host_keys, [row | {"first_seen_at": clock(connection)}])
            believed = [one.fingerprint for one in _pinned(connection, address, port)]
            audit.record(connection, "netpulse", "hostkey.refused", device, _said(row) | {"believed": believed})

    def all(self, device: str | None = None) -> list[SeenHostKey]:
        """Return what is known, by device; raise NotFound for a device of which nothing is."""
        query = select(host_keys).order_by(
            host_keys.c.device, host_keys.c.address, host_keys.c.port, host_keys.c.state, host_keys.c.algorithm
        )
        if device is not None:
            query = query.where(host_keys.c.device == device)
        with self._database.read() as connection:
            found = [_seen(row) for row in connection.execute(query).mappings()]
            if device is not None and not found:
                raise _nothing(connection, device)
            return found

    def approve(self, device: str, fingerprint: str, *, by: str) -> list[SeenHostKey]:
        """Believe the key a device offers, in place of what was believed of that endpoint."""
        with self._database.write() as connection:
            offered = _of(connection, device, KeyState.OFFERED)
            chosen = [row for row in offered if row["fingerprint"] == fingerprint]
            if not offered:
                if not _of(connection, device, KeyState.PINNED):
                    raise _nothing(connection, device)
                raise Conflict(
                    f"{device}: it offers no other key than the one believed", hint=_ANEW.format(device=device)
                )
            if not chosen:
                shown = ", ".join(row["fingerprint"] for row in offered)
                raise Refused(
                    f"{device}: it does not offer the key {fingerprint}",
                    hint=f"it offers {shown}; compare that with what its console shows",
                )
            for row in chosen:
                _replace(connection, row, by)
        return self.all(device)

    def forget(self, device: str, *, by: str) -> int:
        """Believe and remember no key of a device any more, and return how many that were."""
        with self._database.write() as connection:
            rows = list(
                connection.execute(select(host_keys).where(host_keys.c.device == device).with_for_update()).mappings()
            )
            if not rows:  # and no other device is proposed: its key could be forgotten by mistake
                raise NotFound("host key of", device, hint=_KNOWN_ONCE)
            connection.execute(delete(host_keys).where(host_keys.c.device == device))
            audit.record(connection, by, "hostkey.forgotten", device, {"keys": [_said(row) for row in rows]})
            return len(rows)


def _pin_first(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Pin keys of endpoints that have none, and audit those that no other worker pinned at the same moment."""
    at = clock(connection)
    for row in rows:
        if insert_missing(connection, host_keys, [row | {"first_seen_at": at}]) == 1:
            audit.record(connection, FIRST_USE, "hostkey.pinned", row["device"], _said(row))


def _replace(connection: Connection, offered: RowMapping, by: str) -> None:
    endpoint = _endpoint(offered["address"], offered["port"])
    was = [one.fingerprint for one in _pinned(connection, offered["address"], offered["port"])]
    connection.execute(delete(host_keys).where(endpoint))
    row = dict(offered) | {"state": KeyState.PINNED.value, "seen_by": by, "first_use": True}
    connection.execute(insert(host_keys).values(**row))
    audit.record(connection, by, "hostkey.approved", offered["device"], _said(row) | {"instead_of": was})


def _of(connection: Connection, device: str, state: KeyState) -> Sequence[RowMapping]:
    query = select(host_keys).where(host_keys.c.device == device, host_keys.c.state == state.value)
    return connection.execute(query.order_by(host_keys.c.address, host_keys.c.port).with_for_update()).mappings().all()


def _pinned(connection: Connection, address: str, port: int) -> list[HostKey]:
    return _pinned_at(connection, [(address, port)]).get((address, port), [])


def _pinned_at(connection: Connection, endpoints: Sequence[_Endpoint]) -> dict[_Endpoint, list[HostKey]]:
    """Return the keys believed of those endpoints that have any."""
    found: dict[_Endpoint, list[HostKey]] = {}
    for row in connection.execute(_PINNED, {"np_endpoints": list(endpoints)}):
        found.setdefault((row.address, row.port), []).append(HostKey(row.algorithm, bytes(row.blob)))
    return found


_PINNED = (
    select(host_keys.c.address, host_keys.c.port, host_keys.c.algorithm, host_keys.c.blob)
    .where(tuple_(host_keys.c.address, host_keys.c.port).in_(bindparam("np_endpoints", expanding=True)))
    .where(host_keys.c.state == KeyState.PINNED.value)
    .order_by(host_keys.c.algorithm)
)


def _endpoint(address: str, port: int) -> ColumnElement[bool]:
    return (host_keys.c.address == address) & (host_keys.c.port == port)


def _row(device: str, address: str, port: int, key: HostKey, state: KeyState) -> dict[str, Any]:
    return {
        "address": address,
        "port": port,
        "algorithm": key.algorithm,
        "state": state.value,
        "blob": key.blob,
        "fingerprint": key.fingerprint,
        "device": device,
    }


def _said(row: Mapping[str, Any] | RowMapping) -> dict[str, Any]:
    return {name: row[name] for name in ("address", "port", "algorithm", "fingerprint")}


def _seen(row: RowMapping) -> SeenHostKey:
    names = ("device", "address", "port", "algorithm", "fingerprint", "first_seen_at", "seen_by")
    return SeenHostKey(state=KeyState(row["state"]), **{name: row[name] for name in names})


def _nothing(connection: Connection, device: str) -> NotFound:
    known = connection.scalars(select(host_keys.c.device).distinct()).all()
    return NotFound("host key of", device, known=known, hint=_KNOWN_ONCE)
