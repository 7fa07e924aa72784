"""Outputs by their content: equal outputs are stored once."""

import hashlib
import json
import zlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from netpulse_core.ledger.tables import blobs
from netpulse_core.ledger.upsert import insert_missing

SMALL = 256
"""Bytes below which compressing costs more than it saves."""


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
        kind, plain = "json", json.dumps(value, default=repr, ensure_ascii=False, skipkeys=True).encode()
    digest = hashlib.sha256(kind.encode() + b"\0" + plain).hexdigest()
    if len(plain) < SMALL:
        return Blob(digest, kind, len(plain), "plain", plain)
    return Blob(digest, kind, len(plain), "zlib", zlib.compress(plain, 1))


def unpacked(kind: str, coding: str, body: bytes) -> Any:
    """Return the value a blob holds."""
    plain = zlib.decompress(body) if coding == "zlib" else bytes(body)
    return plain.decode("utf-8", "surrogatepass") if kind == "text" else json.loads(plain)


def store(connection: Connection, wanted: dict[str, Blob]) -> None:
    """Insert the blobs that are not there yet, in key order so that two writers never wait for each other in a ring."""
    if not wanted:
        return
    known = set(connection.scalars(select(blobs.c.hash).where(blobs.c.hash.in_(wanted))))
    rows = [
        {"hash": blob.hash, "size": blob.size, "coding": blob.coding, "body": blob.body}
        for digest, blob in sorted(wanted.items())
        if digest not in known
    ]
    insert_missing(connection, blobs, rows)
