"""Who did what, written in the transaction of the fact."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, select

from netpulse_core.errors import (
    InvalidParameters,
    NetPulseError,
    NotFound,
    NotPermitted,
    Refused,
    ServiceError,
    TooManyRequests,
)
from netpulse_core.ledger.audittables import audit
from netpulse_core.ledger.chain import PENDING, Chain
from netpulse_core.ledger.database import Database
from netpulse_core.ledger.texts import storable
from netpulse_core.model.audit import Anchor, AuditRecord, Verified

LONGEST = 500
"""Characters of what a refusal says: what was asked for may be a megabyte, and is nobody's to keep for ever."""


def record(connection: Connection, actor: str, action: str, thing: str, body: Mapping[str, Any]) -> None:
    """Note one decision, written as the transaction commits; `thing` is the id of what was acted on."""
    row = {"actor": actor, "action": action, "object": thing, "body": dict(body)}
    connection.info.setdefault(PENDING, []).append(row)


@contextmanager
def whole(connection: Connection) -> Iterator[None]:
    """Undo what an error leaves half written within, and its records with it; the transaction around it goes on."""
    said = len(connection.info.get(PENDING, ()))
    try:
        with connection.begin_nested():
            yield
    except BaseException:
        del connection.info.get(PENDING, [])[said:]
        raise


def short(text: str) -> str:
    """Return the beginning of a text, as far as a refusal says it and as both databases keep it."""
    return storable(text[:LONGEST])


def refused(
    connection: Connection, actor: str, action: str, thing: str, said: Mapping[str, Any], error: NetPulseError
) -> None:
    """Note that something was refused and why; what the caller may not do was noted where that was judged."""
    if isinstance(error, NotPermitted):
        return
    words = {name: short(value) if isinstance(value, str) else value for name, value in said.items()}
    record(connection, actor, action, short(thing), words | {"reason": short(str(error))})


class Audit:
    """The records of the ledger."""

    def __init__(self, database: Database, chain: Chain) -> None:
        self._database = database
        self._chain = chain

    def note(self, actor: str, action: str, thing: str, body: Mapping[str, Any]) -> None:
        """Write one decision that changed nothing else, as a refusal does."""
        with self._database.write() as connection:
            record(connection, actor, action, thing, body)

    @contextmanager
    def refusals(self, actor: str, action: str, thing: str, **said: Any) -> Iterator[None]:
        """Note what is refused within; an outage is no refusal, and the errors of a request name no secret."""
        try:
            yield
        except (Refused, InvalidParameters, NotFound, TooManyRequests) as error:
            with suppress(ServiceError), self._database.write() as connection:  # refused all the same
                refused(connection, actor, action, thing, said, error)
            raise

    def page(
        self,
        *,
        limit: int = 100,
        before: int | None = None,
        actor: str | None = None,
        action: str | None = None,
        object: str | None = None,
    ) -> list[AuditRecord]:
        """Return records, the newest first; `before` is the place of the last one of the page before.

        The order is the chain's, which is proven; what is older than the chain comes last.
        """
        query = select(audit)
        for name, wanted in {"actor": actor, "action": action, "object": object}.items():
            if wanted is not None:
                query = query.where(audit.c[name] == wanted)
        number, id = audit.c.number, audit.c.id
        chained = query.where(number.is_not(None)).order_by(number.desc())
        older = query.where(number.is_(None), id > 0).order_by(id.desc())  # no row of ours has another id
        if before is not None and before < 0:
            older = older.where(id < -before)
        elif before is not None:
            chained = chained.where(number < before)
        with self._database.read() as connection:
            # Two questions, because one order over both would be no index's.
            rows = (
                [] if before is not None and before < 0 else list(connection.execute(chained.limit(limit)).mappings())
            )
            rows += connection.execute(older.limit(limit - len(rows))).mappings()
            return [_record(row) for row in rows]

    def anchor(self) -> Anchor:
        """Return the end of the chain, to be kept elsewhere."""
        with self._database.read() as connection:
            return self._chain.anchor(connection)

    def verify(self, anchor: Anchor | None = None) -> Verified:
        """Prove the chain, and that it still holds what was anchored."""
        with self._database.read() as connection:
            return self._chain.verify(connection, anchor)


def _record(row: Mapping[Any, Any]) -> AuditRecord:
    said = {name: row[name] for name in ("number", "at", "actor", "action", "object", "body", "mac")}
    return AuditRecord(**said, place=-row["id"] if row["number"] is None else row["number"])
