"""Rows that hold something sealed: which key opens it, what is said where none does, and moving it to another key."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, and_, func, select, tuple_, update

from netpulse_core.errors import Refused
from netpulse_core.ledger import envelopes
from netpulse_core.ledger.envelopes import Envelope, Key, NotOpened, WrappedKey
from netpulse_core.ledger.storekeys import StoreKeys

AT_ONCE = 200
"""Rows of one transaction that are moved to another key: jobs are claimed and concluded meanwhile."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of some rows that were to be wrapped anew."""

    rows: int
    altered: tuple[str, ...] = ()
    """What does not open, as it is called in errors: it stays as it is, and none before it stays for it."""
    last: tuple[Any, ...] | None = None
    """The last row looked at; None where there was none."""


@dataclass(frozen=True, slots=True)
class Place:
    """A table with the columns `key_id` and `wrapped`, and `sealed` unless that is kept elsewhere."""

    table: Table
    by: tuple[str, ...]
    """The columns that say which row it is; what is sealed opens under these values alone."""
    kind: str
    """The first part of each row's identity; it ends in a colon, as no name of a secret does. Secrets have none."""
    called: str
    """What it is in errors, by the first of these columns."""
    again: str
    """What to do where it was altered."""

    def row(self, *ids: str) -> tuple[str, str]:
        """Return the identity that a row is sealed under."""
        return (self.kind, " ".join(ids)) if self.kind else (ids[0], ids[1])

    def held(self, row: Any) -> WrappedKey:
        """Return the data key of a row."""
        ids = (getattr(row, name) for name in self.by)
        return WrappedKey(row=self.row(*ids), key=row.key_id, wrapped=row.wrapped)

    def opened(self, row: Any, keys: StoreKeys) -> str:
        """Return what a row's envelope holds; raise Refused where it does not open."""
        held, key = self.held(row), self.key(row, keys)
        try:
            return envelopes.open_(Envelope(row=held.row, key=held.key, wrapped=held.wrapped, sealed=row.sealed), key)
        except NotOpened:
            raise self.altered(row) from None

    def key(self, row: Any, keys: StoreKeys) -> Key:
        """Return the key that a row is under; raise Refused where it is not at hand."""
        key = keys.find(row.key_id)
        if key is None:
            raise Refused(
                f"{self._called(row)} is under the key {row.key_id}, which is not at hand here",
                hint="`netpulse secrets status` lists the keys; give this process the one that is missing",
            )
        return key

    def altered(self, row: Any) -> Refused:
        """Return the error for what is not what was sealed here."""
        return Refused(
            f"{self._called(row)} does not open: what is kept of it was altered, or moved from another place",
            hint=f"find out who wrote to the ledger; {self.again}",
        )

    def rewrap(self, connection: Connection, keys: StoreKeys, key: Key, past: tuple[Any, ...] | None = None) -> Moved:
        """Wrap the data keys of some more rows under this key, of those past one; what does not open is left."""
        table = self.table
        under_another = and_(table.c.wrapped.is_not(None), table.c.key_id.in_(keys.all().keys() - {key.id}))
        columns = [table.c[name] for name in (*self.by, "key_id", "wrapped")]
        # As weak as every lock on runs: conclusions and new rows that point here go on.
        query = select(*columns).where(under_another).order_by(*columns[: len(self.by)]).limit(AT_ONCE)
        if past is not None:
            query = query.where(tuple_(*columns[: len(self.by)]) > tuple_(*past))
        rows = connection.execute(query.with_for_update(key_share=True)).all()
        altered = []
        for row in rows:
            old = self.key(row, keys)
            try:
                moved = envelopes.rewrap(self.held(row), old, key)
            except NotOpened:
                altered.append(self._called(row))
                continue
            mine = and_(*(table.c[name] == getattr(row, name) for name in self.by))
            connection.execute(update(table).where(mine).values(key_id=moved.key, wrapped=moved.wrapped))
        last = tuple(rows[-1])[: len(self.by)] if rows else None
        return Moved(len(rows) - len(altered), tuple(altered), last)

    def used(self, connection: Connection) -> dict[str, int]:
        """Return how many rows each key wraps."""
        query = select(self.table.c.key_id, func.count()).where(self.table.c.wrapped.is_not(None))
        return {str(row[0]): int(row[1]) for row in connection.execute(query.group_by(self.table.c.key_id))}

    def _called(self, row: Any) -> str:
        return self.called.format(getattr(row, self.by[0]))


def columns(envelope: Envelope) -> dict[str, Any]:
    """Return an envelope as the columns of its row."""
    return {"key_id": envelope.key, "wrapped": envelope.wrapped, "sealed": envelope.sealed}
