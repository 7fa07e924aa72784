"""What SQLite has to do for a question, counted: the same on every machine, however slow it is."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from netpulse_core.ledger.ledger import Ledger

EACH = 100


@contextmanager
def counted(ledger: Ledger) -> Iterator[list[int]]:
    """Count the steps of SQLite's machine, a hundred at a time."""
    steps: list[int] = []

    def begin(raw: sqlite3.Connection, *others: object) -> None:
        raw.set_progress_handler(lambda: steps.append(EACH), EACH)

    event.listen(ledger.database.engine, "checkout", begin)
    yield steps
    event.remove(ledger.database.engine, "checkout", begin)
