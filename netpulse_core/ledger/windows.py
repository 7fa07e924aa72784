"""The books of maintenance windows that nodes have read, and what they say of runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import batched

from sqlalchemy import Connection, delete, func, insert, select, update

from netpulse_core.ledger import windowed
from netpulse_core.ledger.database import Database, again_if_beaten, now
from netpulse_core.ledger.tables import jobs, nodes, queued, runs
from netpulse_core.ledger.upsert import insert_missing
from netpulse_core.ledger.windowtables import window_books, window_devices, window_stretches
from netpulse_core.model.window import Stretch

AT_ONCE = 500

KEPT = 86_400.0
"""Seconds a book that no living node has is kept: nodes of before may come back."""

SAMPLES = 1000
"""Jobs that a percentile is taken of, at most: the latest."""

SINCE = 90 * 86_400.0
"""Seconds that a recorded job counts for."""

_ANY = windowed.in_force().limit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What a node read: calendars by number, and which of them each device follows."""

    id: str
    calendars: Sequence[Sequence[Stretch]]
    devices: Mapping[tuple[str, bool], int]
    """Number of the calendar by a device's key, for what only reads it and for what does not."""


class WindowBooks:
    """The books of the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def has(self, book: str) -> bool:
        """Whether a book is written."""
        with self._database.read() as connection:
            return connection.scalar(select(window_books.c.id).where(window_books.c.id == book)) is not None

    @again_if_beaten
    def write(self, book: Book) -> None:
        """Write a book, unless another node has; those that nobody reads any more are forgotten."""
        with self._database.write() as connection:
            insert_missing(connection, window_books, [{"id": book.id, "made_at": 0.0}])
            connection.execute(update(window_books).where(window_books.c.id == book.id).values(made_at=now()))
            _insert(connection, book)
            _forget(connection, book.id)

    def read_by(self, node: str, book: str | None) -> None:
        """Say which book a node has read."""
        with self._database.read() as connection:
            row = connection.execute(select(nodes.c.book).where(nodes.c.id == node)).first()
        if row is None or row.book == book:
            return  # the usual case costs no write transaction
        with self._database.write() as connection:
            connection.execute(update(nodes).where(nodes.c.id == node).values(book=book))

    def in_force(self) -> set[str]:
        """Return the books of living nodes."""
        with self._database.read() as connection:
            return set(connection.scalars(windowed.in_force()))

    def of_run(self, run: str) -> list[tuple[str, int]]:
        """Return why jobs of a run wait for their windows, each with how many do."""
        with self._database.read() as connection:
            if connection.scalar(_ANY) is None:
                return []
            words = select(windowed.sentence().label("words")).where(jobs.c.run_id == run, queued()).subquery()
            number = func.count().label("number")
            query = select(words.c.words, number).where(words.c.words.is_not(None)).group_by(words.c.words)
            return [(row.words, row.number) for row in connection.execute(query.order_by(number.desc(), words.c.words))]

    def durations(self, runbook: str) -> list[tuple[str, float]]:
        """Return how long the latest jobs of a runbook took that had begun a change, by device."""
        latest = (
            select(runs.c.id, runs.c.finished_at)
            .where(runs.c.runbook == runbook, runs.c.changes, runs.c.finished_at > now() - SINCE)
            .order_by(runs.c.finished_at.desc())
            .limit(SAMPLES)
            .subquery()
        )
        query = (
            select(jobs.c.device, jobs.c.elapsed)
            .join(latest, latest.c.id == jobs.c.run_id)
            .where(jobs.c.pushing_at.is_not(None), jobs.c.elapsed.is_not(None))
            .order_by(latest.c.finished_at.desc())
            .limit(SAMPLES)
        )
        with self._database.read() as connection:
            return [(row.device, row.elapsed) for row in connection.execute(query)]


def _insert(connection: Connection, book: Book) -> None:
    known = connection.scalar(select(window_stretches.c.book).where(window_stretches.c.book == book.id).limit(1))
    if known is not None:
        return
    stretches = [
        {
            "book": book.id,
            "calendar": calendar,
            "number": number,
            "begins_at": one.begins,
            "ends_at": one.ends,
            "open": one.open,
            "words": one.words,
        }
        for calendar, line in enumerate(book.calendars)
        for number, one in enumerate(line)
    ]
    devices = [
        {"device_key": key, "book": book.id, "reads": reads, "calendar": calendar}
        for (key, reads), calendar in sorted(book.devices.items())
    ]
    for table, rows in ((window_stretches, stretches), (window_devices, devices)):
        for some in batched(rows, AT_ONCE):
            connection.execute(insert(table), some)


def _forget(connection: Connection, but: str) -> None:
    read = select(nodes.c.book).where(nodes.c.book.is_not(None), nodes.c.lease_until > now() - KEPT)
    old = select(window_books.c.id).where(
        window_books.c.made_at < now() - KEPT, window_books.c.id != but, window_books.c.id.not_in(read)
    )
    gone = list(connection.scalars(old.with_for_update(skip_locked=True)))
    for column in (window_devices.c.book, window_stretches.c.book, window_books.c.id):
        connection.execute(delete(column.table).where(column.in_(gone)))
