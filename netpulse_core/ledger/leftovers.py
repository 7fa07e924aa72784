"""Records that nothing needs any more: texts of no output, contents of no file, old fires and nodes."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Column, ColumnElement, Connection, and_, delete, exists, func, or_, select, tuple_

from netpulse_core.ledger.ageing import BATCH
from netpulse_core.ledger.scheduletables import fires
from netpulse_core.ledger.tables import blobs, held, jobs, metadata, nodes, placements

RECALLED = 3600.0
"""Seconds that a text of no output stays: a read may be told of it in place of asking the device again."""

LOOKED_AT = 1000
"""Texts looked at in one question."""

LARGE = 8 * 1024 * 1024
"""Bytes of texts that one transaction removes at most."""


def unneeded(connection: Connection, after: str, at: float) -> tuple[str | None, Sequence[tuple[str, int]]]:
    """Return the last of the next texts after this one, None at their end, and which of them nothing needs."""
    query = select(blobs.c.hash).where(blobs.c.hash > after).order_by(blobs.c.hash).limit(LOOKED_AT)
    looked_at = connection.scalars(query).all()
    if not looked_at:
        return None, ()
    last = looked_at[-1]
    old = or_(blobs.c.stored_at.is_(None), blobs.c.stored_at < at - RECALLED)
    found = select(blobs.c.hash, blobs.c.size).where(blobs.c.hash > after, blobs.c.hash <= last, *_unused(), old)
    return last, [(row.hash, row.size) for row in connection.execute(found.order_by(blobs.c.hash))]


def pieces(found: Sequence[tuple[str, int]]) -> Iterator[list[str]]:
    """Yield these texts in pieces that one transaction may remove."""
    piece: list[str] = []
    size = 0
    for digest, more in found:
        if piece and size + more > LARGE:
            yield piece
            piece, size = [], 0
        piece.append(digest)
        size += more
    if piece:
        yield piece


def remove_texts(connection: Connection, digests: Sequence[str]) -> int:
    """Remove these texts, but what an output began to need meanwhile."""
    # Locked first and asked again: an output that was written between the question and the lock is seen only now.
    # What is locked already is about to be needed.
    free = select(blobs.c.hash).where(blobs.c.hash.in_(digests)).order_by(blobs.c.hash)
    mine = connection.scalars(free.with_for_update(skip_locked=True)).all()
    return connection.execute(delete(blobs).where(blobs.c.hash.in_(mine), *_unused())).rowcount if mine else 0


def remove_fires(connection: Connection, before: float) -> int:
    """Remove a piece of the fires due before this instant, but the last of each schedule, which people are shown."""
    last = select(fires.c.schedule, func.max(fires.c.due_at)).group_by(fires.c.schedule)
    key = tuple_(fires.c.schedule, fires.c.due_at)
    old = select(fires.c.schedule, fires.c.due_at).where(fires.c.due_at < before, key.not_in(last))
    found = [tuple(row) for row in connection.execute(old.limit(BATCH))]
    return connection.execute(delete(fires).where(key.in_(found))).rowcount if found else 0


def remove_nodes(connection: Connection, before: float) -> int:
    """Remove nodes that ended before this instant and hold nothing."""
    holds = or_(
        exists().where(and_(held(), jobs.c.node == nodes.c.id)), exists().where(placements.c.node == nodes.c.id)
    )
    return connection.execute(delete(nodes).where(nodes.c.lease_until < before, ~holds)).rowcount


def references() -> list[Column[str]]:
    """Return every column that points at a text: whatever table comes, what it points at stays."""
    keys = (key for table in metadata.tables.values() for key in table.foreign_keys)
    return [key.parent for key in keys if key.column is blobs.c.hash]


def _unused() -> list[ColumnElement[bool]]:
    return [~exists().where(column == blobs.c.hash) for column in references()]
