"""The secret store: envelopes in the ledger, which open only together with a key that is not in it."""

from collections import Counter
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, delete, select, update

from netpulse_core.errors import NotFound, Refused
from netpulse_core.ledger import audit, envelopes, sealedconfigs
from netpulse_core.ledger.database import Database, clock
from netpulse_core.ledger.envelopes import Envelope, Key, Sealed
from netpulse_core.ledger.secrettables import secrets
from netpulse_core.ledger.storekeys import StoreKeys
from netpulse_core.ledger.upsert import insert_missing
from netpulse_core.model.secretstore import StoredSecret, require_name


class Secrets:
    """The secrets of the ledger; only `read` returns a value."""

    def __init__(self, database: Database, keys: StoreKeys) -> None:
        self._database = database
        self._keys = keys

    def set(self, name: str, value: str, *, by: str) -> None:
        """Keep a secret, in the place of what it was before."""
        require_name(name)
        # The version is part of the row's identity: an envelope that was kept aside does not open beside a newer one.
        envelope = envelopes.seal(value, (name, token_hex(8)), self._keys.newest())
        with self._database.write() as connection:
            row = _row(envelope) | {"changed_at": clock(connection), "changed_by": by}
            fresh = insert_missing(connection, secrets, [{"name": name, **row}])
            if not fresh:
                connection.execute(update(secrets).where(secrets.c.name == name).values(row))
            audit.record(connection, by, "secret.set", name, {"key": envelope.key, "replaced": not fresh})

    def read(self, name: str) -> str:
        """Return a secret; raise NotFound where there is none, Refused where it cannot be opened."""
        with self._database.read() as connection:
            row = connection.execute(select(secrets).where(secrets.c.name == name)).first()
        if row is None:
            raise NotFound("secret", f"secret:{name}", hint=f"keep it: `netpulse secrets set {name}`")
        envelope = _envelope(row)
        key = self._key_of(envelope)
        try:
            return envelopes.open_(envelope, key)
        except Sealed:
            raise _altered(name) from None

    def all(self) -> list[StoredSecret]:
        """Return what is kept, by name, without a value."""
        wanted = (secrets.c.name, secrets.c.key_id, secrets.c.changed_at, secrets.c.changed_by)
        with self._database.read() as connection:
            rows = connection.execute(select(*wanted).order_by(secrets.c.name)).all()
        return [StoredSecret(name=row[0], key=row[1], changed_at=row[2], changed_by=row[3]) for row in rows]

    def remove(self, name: str, *, by: str) -> None:
        """Forget a secret."""
        with self._database.write() as connection:
            if connection.execute(delete(secrets).where(secrets.c.name == name)).rowcount != 1:
                raise NotFound("secret", name, known=connection.scalars(select(secrets.c.name)).all())
            audit.record(connection, by, "secret.removed", name, {})

    def rewrap(self, *, by: str, fresh: bool = False) -> int:
        """Wrap every secret under the newest key, or one made now, and return how many it was; reading goes on."""
        key = self._keys.add() if fresh else self._keys.newest()
        with self._database.write() as connection:
            query = select(secrets).where(secrets.c.key_id != key.id).order_by(secrets.c.name).with_for_update()
            rows = connection.execute(query).all()
            for row in rows:
                self._rewrap(connection, _envelope(row), key)
            configs = sealedconfigs.rewrap(connection, self._keys, key)
            said = {"secrets": len(rows)} | ({"configurations": configs} if configs else {})
            audit.record(connection, by, "secret.keys_rotated", key.id, said)
        return len(rows)

    def keys(self) -> dict[str, tuple[bool, int]]:
        """Return for each key, the newest first, whether it is at hand and how many secrets it wraps."""
        used = Counter(one.key for one in self.all())
        known = self._keys.all()
        return {key: (key in known, used[key]) for key in dict.fromkeys([*known, *sorted(used)])}

    def _rewrap(self, connection: Connection, envelope: Envelope, key: Key) -> None:
        name = envelope.row[0]
        try:
            moved = envelopes.rewrap(envelope, self._key_of(envelope), key)
        except Sealed:
            raise _altered(name) from None
        connection.execute(update(secrets).where(secrets.c.name == name).values(_row(moved)))

    def _key_of(self, envelope: Envelope) -> Key:
        key = self._keys.find(envelope.key)
        if key is None:
            raise Refused(
                f"secret:{envelope.row[0]} is under the key {envelope.key}, which is not at hand here",
                hint="`netpulse secrets status` lists the keys; give this process the one that is missing",
            )
        return key


def _row(envelope: Envelope) -> dict[str, Any]:
    return {
        "version": envelope.row[1],
        "key_id": envelope.key,
        "wrapped": envelope.wrapped,
        "sealed": envelope.sealed,
    }


def _envelope(row: Any) -> Envelope:
    return Envelope(row=(row.name, row.version), key=row.key_id, wrapped=row.wrapped, sealed=row.sealed)


def _altered(name: str) -> Refused:
    return Refused(
        f"secret:{name} does not open: what the ledger holds of it was altered, or moved from another row",
        hint=f"find out who wrote to the ledger, then `netpulse secrets set {name}` keeps it anew",
    )
