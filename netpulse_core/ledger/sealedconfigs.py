"""Copies of configurations that only a key of the secret store opens: what the device said, and what is compared."""

import base64
import json
import zlib
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from netpulse_core.errors import Refused
from netpulse_core.ledger import envelopes
from netpulse_core.ledger.backuptables import config_sealed
from netpulse_core.ledger.envelopes import Envelope, Key, Sealed
from netpulse_core.ledger.storekeys import StoreKeys
from netpulse_core.model.backup import Captured, Copy

HINT = "give every process a key, `openssl rand -hex 32` (docs/secrets.md); what is captured from then on is kept whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What one envelope holds."""

    raw: str
    normalised: str

    def of(self, copy: Copy) -> str:
        """Return one of them."""
        return self.raw if copy is Copy.RAW else self.normalised


def sealed(captured: Captured, keys: StoreKeys) -> Envelope | None:
    """Return the copies that are not to be read, in an envelope; None where there is no key to seal it with."""
    try:
        key = keys.newest()
    except Refused:
        return None
    said = json.dumps({"raw": captured.raw, "normalised": captured.normalised}, ensure_ascii=False)
    packed = base64.b64encode(zlib.compress(said.encode(), 6)).decode()
    return envelopes.seal(packed, _row(token_hex(16)), key)


def keep(connection: Connection, envelope: Envelope) -> str:
    """Write an envelope, and return its id."""
    values = {"id": envelope.row[1], "key_id": envelope.key, "wrapped": envelope.wrapped, "sealed": envelope.sealed}
    connection.execute(insert(config_sealed).values(values))
    return envelope.row[1]


def opened(connection: Connection, id: str, keys: StoreKeys) -> Texts:
    """Return what an envelope holds; raise Refused where it does not open."""
    row = connection.execute(select(config_sealed).where(config_sealed.c.id == id)).one()
    key = keys.find(row.key_id)
    if key is None:
        raise Refused(
            f"this configuration is under the key {row.key_id}, which is not at hand here",
            hint="`netpulse secrets status` lists the keys; give this process the one that is missing",
        )
    try:
        packed = envelopes.open_(_envelope(row), key)
    except Sealed:
        raise _altered() from None
    return Texts(**json.loads(zlib.decompress(base64.b64decode(packed))))


def forget(connection: Connection, ids: list[str]) -> None:
    """Remove envelopes."""
    if ids:
        connection.execute(delete(config_sealed).where(config_sealed.c.id.in_(ids)))


def rewrap(connection: Connection, keys: StoreKeys, key: Key) -> int:
    """Wrap every envelope under this key, and return how many it was."""
    query = select(config_sealed).where(config_sealed.c.key_id != key.id).order_by(config_sealed.c.id)
    rows = connection.execute(query.with_for_update()).all()
    for row in rows:
        old = keys.find(row.key_id)
        if old is None:
            raise Refused(
                f"a configuration is under the key {row.key_id}, which is not at hand here",
                hint="give this process the key that is missing, and rotate again",
            )
        try:
            moved = envelopes.rewrap(_envelope(row), old, key)
        except Sealed:
            raise _altered() from None
        new = update(config_sealed).where(config_sealed.c.id == row.id)
        connection.execute(new.values(key_id=moved.key, wrapped=moved.wrapped))
    return len(rows)


def _row(id: str) -> tuple[str, str]:
    return "config:", id  # no name of a secret ends so: an envelope of one is never taken for the other


def _envelope(row: Any) -> Envelope:
    return Envelope(row=_row(row.id), key=row.key_id, wrapped=row.wrapped, sealed=row.sealed)


def _altered() -> Refused:
    return Refused(
        "this configuration does not open: what the ledger holds of it was altered, or moved from another row",
        hint="find out who wrote to the ledger; the redacted copy is apart from it",
    )
