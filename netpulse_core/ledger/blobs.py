"""Outputs by their content: equal outputs are stored once."""

import hashlib
import json
import zlib
from dataclasses import dataclass
from itertools import batched
from typing import Any

from sqlalchemy import Connection, select

from netpulse_core.ledger.lists import among
from netpulse_core.ledger.tables import blobs
from netpulse_core.ledger.upsert import insert_missing

SMALL = 256
"""Bytes below which compressing costs more than it saves."""

AT_ONCE = 500
"""Hashes of one question: SQLite binds at most 32,766 values in a statement."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A body ready to be stored."""

    hash: str
    kind: str
    size: int
    coding: str
    body: bytes


def packed(value: Any) -> Blob:
    """Return a text or JSON value as a blob; what JSON cannot say becomes its repr and never fails a finished job."""
    if isinstance(value, str):
        kind, plain = "text", value.encode("utf-8", "surrogatepass")
    else:
        kind, plain = "json", _as_json(value).encode("utf-8", "surrogatepass")
    digest = _digest(kind, plain)
    if len(plain) < SMALL:
        return Blob(digest, kind, len(plain), "plain", plain)
    return Blob(digest, kind, len(plain), "zlib", zlib.compress(plain, 1))


def name_of(text: str) -> str:
    """Return the hash that a text is kept under."""
    return _digest("text", text.encode("utf-8", "surrogatepass"))


def _digest(kind: str, plain: bytes) -> str:
    return hashlib.sha256(kind.encode() + b"\0" + plain).hexdigest()


def _as_json(value: Any) -> str:
    try:
        return json.dumps(value, default=repr, ensure_ascii=False, skipkeys=True)
    except Exception:  # noqa: BLE001  the plugin-call boundary: the value and its __repr__ are a runbook's own
        return json.dumps(_as_repr(value), ensure_ascii=False)


def _as_repr(value: Any) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001  the plugin-call boundary, as above
        return f"<{type(value).__name__}, which has no repr>"


def unpacked(kind: str, coding: str, body: bytes) -> Any:
    """Return the value a blob holds."""
    plain = zlib.decompress(body) if coding == "zlib" else bytes(body)
    return plain.decode("utf-8", "surrogatepass") if kind == "text" else json.loads(plain)


_THERE = (
    select(blobs.c.hash)
    .where(among(blobs.c.hash, "np_hashes"))
    .order_by(blobs.c.hash)
    .with_for_update(key_share=True, read=True)
)


def store(connection: Connection, wanted: dict[str, Blob], at: float) -> None:
    """Insert the blobs that are not there yet, in key order so that two writers never wait for each other in a ring.

    Those that are there are locked, or retention could remove one before the output that needs it is written.
    """
    hashes = sorted(wanted)
    for some in batched(hashes, AT_ONCE):
        known = set(connection.scalars(_THERE, {"np_hashes": list(some)}))
        new = [wanted[digest] for digest in some if digest not in known]
        insert_missing(
            connection,
            blobs,
            [
                {"hash": blob.hash, "size": blob.size, "coding": blob.coding, "body": blob.body, "stored_at": at}
                for blob in new
            ],
        )
