"""The secret store: envelopes in the ledger, which open only together with a key that is not in it."""

from collections import Counter
from secrets import token_hex
from typing import Any

from sqlalchemy import delete, select, update

from netpulse_core.errors import NotFound, Refused
from netpulse_core.ledger import audit, envelopes, sealedconfigs, sealedfiles, sealedparameters, sealing
from netpulse_core.ledger.database import Database, again_if_beaten, clock
from netpulse_core.ledger.envelopes import Key
from netpulse_core.ledger.sealing import Moved, Place
from netpulse_core.ledger.secrettables import secrets
from netpulse_core.ledger.storekeys import StoreKeys
from netpulse_core.ledger.upsert import insert_missing
from netpulse_core.model.secretstore import KeyUse, StoredSecret, require_name
from netpulse_core.model.text import in_short

STORE = Place(secrets, ("name", "version"), "", "secret:{}", "`netpulse secrets set` keeps it anew")
PLACES = {
    "secrets": (STORE,),
    "configurations": (sealedconfigs.PLACE,),
    "files": (sealedfiles.PLACE,),
    "parameters": (sealedparameters.OF_RUNS, sealedparameters.OF_SCHEDULES),
}
"""All that is sealed under the keys of the store."""


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
            row = {"version": envelope.row[1], **sealing.columns(envelope)}
            row |= {"changed_at": clock(connection), "changed_by": by}
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
        return STORE.opened(row, self._keys)

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

    def rewrap(self, *, by: str, fresh: bool = False) -> dict[str, int]:
        """Wrap all that is sealed under the newest key, or one made now, and return how much it was of each kind.

        Some rows at a time: reading and writing go on. Raises Refused, once all else is moved, where a key is missing
        or something was altered and does not open.
        """
        key = self._keys.add() if fresh else self._keys.newest()
        altered: list[str] = []
        moved = {what: sum(self._all_of(one, key, altered) for one in places) for what, places in PLACES.items()}
        said = {what: count for what, count in moved.items() if count or what == "secrets"}
        if altered:
            said["altered"] = len(altered)
        with self._database.write() as connection:
            audit.record(connection, by, "secret.keys_rotated", key.id, said)
        if missing := [id for id, use in self.keys().items() if use.needed and not use.at_hand]:
            why = f"what is under {', '.join(missing)} stays so, for it is not at hand; all else is under {key.id} now"
            also = f", except what does not open: {in_short(altered)}" if altered else ""
            raise Refused(why + also, hint="give this process the keys that are missing, and rotate again")
        if altered:
            raise Refused(
                f"{in_short(altered)} does not open and stays as it is: it was altered, or moved from another place; "
                f"all else is under {key.id} now",
                hint="find out who wrote to the ledger; give it anew, or remove it, and keep the former key until then",
            )
        return moved

    def keys(self) -> dict[str, KeyUse]:
        """Return for each key, the newest first, whether it is at hand and what it wraps."""
        with self._database.read() as connection:
            used = {
                what: sum((Counter(one.used(connection)) for one in places), Counter())
                for what, places in PLACES.items()
            }
        known = self._keys.all()
        every = dict.fromkeys([*known, *sorted({id for counts in used.values() for id in counts})])
        return {id: KeyUse(id in known, {what: counts[id] for what, counts in used.items()}) for id in every}

    def _all_of(self, place: Place, key: Key, altered: list[str]) -> int:
        total = 0
        while True:  # once more where something moved: meanwhile others may have sealed under the former key
            moved, left = self._one_walk(place, key)
            total += moved
            if not moved:
                altered += left
                return total

    def _one_walk(self, place: Place, key: Key) -> tuple[int, list[str]]:
        moved = self._some_of(place, key, None)
        total, altered = moved.rows, list(moved.altered)
        while moved.last is not None:
            moved = self._some_of(place, key, moved.last)
            total += moved.rows
            altered += moved.altered
        return total, altered

    @again_if_beaten
    def _some_of(self, place: Place, key: Key, past: tuple[Any, ...] | None) -> Moved:
        with self._database.write() as connection:
            return place.rewrap(connection, self._keys, key, past)
