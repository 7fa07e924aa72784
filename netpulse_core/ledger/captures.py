"""Writing what a job captured, in the transaction that concludes it: only what is new is stored."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from netpulse_core.ledger import blobs, sealedconfigs
from netpulse_core.ledger.backuptables import config_suspects, config_versions
from netpulse_core.ledger.blobs import Blob
from netpulse_core.ledger.envelopes import Envelope
from netpulse_core.ledger.outbox import News
from netpulse_core.ledger.storekeys import StoreKeys
from netpulse_core.model.backup import Captured
from netpulse_core.model.event import EventKind
from netpulse_core.model.run import Claim


@dataclass(frozen=True, slots=True)
class Packed:
    """A capture ready to be written."""

    values: dict[str, Any]
    redacted: Blob
    sealed: Envelope | None
    suspect: tuple[str, ...]


def packed(captured: Captured, keys: StoreKeys, pepper: bytes) -> Packed:
    """Make a capture ready before the transaction begins: sealing under the write lock would hold everyone up."""
    normalised = captured.normalised.encode("utf-8", "replace")
    values = {
        # Under a key: the redacted copy beside a plain hash of the whole would let secrets be guessed one by one.
        "digest": hmac.new(pepper, b"config\0" + normalised, hashlib.sha256).hexdigest(),
        "driver": captured.driver,
        "platform": captured.platform,
        "form": captured.form,
        "lines": captured.normalised.count("\n"),
        "size": len(normalised),
        "raw_size": len(captured.raw.encode("utf-8", "replace")),
    }
    redacted = blobs.packed(captured.redacted.replace("\0", "\\0"))
    return Packed(values, redacted, sealedconfigs.sealed(captured, keys), captured.suspect)


def write(connection: Connection, claim: Claim, found: Sequence[Packed], at: float, news: News) -> None:
    """Write what a job captured of its device: a version, a later sight of the last one, or a suspect."""
    for one in found:
        (_suspected if one.suspect else _believed)(connection, claim, one, at)
        if one.suspect:
            news.add(claim.run, EventKind.CONFIG_SUSPECT, claim.device, reasons=list(one.suspect))


def last(connection: Connection, device: str) -> Row[Any] | None:
    """Lock and return the version a device has now."""
    query = select(config_versions).where(config_versions.c.device == device)
    return connection.execute(query.order_by(config_versions.c.number.desc()).limit(1).with_for_update()).first()


def add(connection: Connection, device: str, after: Row[Any] | None, values: dict[str, Any]) -> int:
    """Add a version after the last one, and return its number."""
    number = 1 if after is None else after.number + 1
    connection.execute(insert(config_versions).values(device=device, number=number, **values))
    return number


def _believed(connection: Connection, claim: Claim, one: Packed, at: float) -> None:
    now = last(connection, claim.device)
    if now is not None and now.digest == one.values["digest"]:
        _seen_again(connection, config_versions, now, claim, one, at)
    else:
        add(connection, claim.device, now, _fresh(connection, claim, one, at))


def _suspected(connection: Connection, claim: Claim, one: Packed, at: float) -> None:
    known = connection.execute(
        select(config_suspects)
        .where(
            config_suspects.c.device == claim.device,
            config_suspects.c.digest == one.values["digest"],
            config_suspects.c.accepted_at.is_(None),
        )
        .with_for_update()
    ).first()
    if known is not None:
        _seen_again(connection, config_suspects, known, claim, one, at)
        return
    values = _fresh(connection, claim, one, at) | {"id": token_hex(6), "reasons": list(one.suspect)}
    connection.execute(insert(config_suspects).values(device=claim.device, **values))


def _fresh(connection: Connection, claim: Claim, one: Packed, at: float) -> dict[str, Any]:
    blobs.store(connection, {one.redacted.hash: one.redacted}, at)
    return {
        **one.values,
        "redacted": one.redacted.hash,
        "sealed": None if one.sealed is None else sealedconfigs.keep(connection, one.sealed),
        "first_seen_at": at,
        "last_seen_at": at,
        "captures": 1,
        "run": claim.run,
        "last_run": claim.run,
        "caller": claim.caller,
    }


def _seen_again(connection: Connection, table: Any, row: Row[Any], claim: Claim, one: Packed, at: float) -> None:
    more: dict[str, Any] = {"last_seen_at": at, "captures": row.captures + 1, "last_run": claim.run}
    if row.sealed is None and one.sealed is not None:  # there is a key by now
        more["sealed"] = sealedconfigs.keep(connection, one.sealed)
    connection.execute(update(table).where(table.c.id == row.id).values(more))
