"""A closed ledger holds no connection: neither one that was in use, nor one that somebody asked for too late."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from netpulse_core.ledger.database import Database


class Connections:
    """What a database opened and what of it was closed."""

    def __init__(self, database: Database) -> None:
        self.opened: list[Any] = []
        self.closed: list[Any] = []
        event.listen(database.engine, "connect", lambda connection, _: self.opened.append(connection))
        event.listen(database.engine, "close", lambda connection, _: self.closed.append(connection))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")) as opened:
        yield opened


def test_what_is_in_use_is_closed_once_it_is_given_back(database: Database) -> None:
    seen = Connections(database)
    with database.read() as connection:
        database.close()
        assert connection.scalar(select(1)) == 1
    assert len(seen.opened) == 1
    assert seen.closed == seen.opened


def test_who_comes_after_the_close_leaves_nothing_behind(database: Database) -> None:
    seen = Connections(database)
    database.now()
    database.close()
    database.now()
    assert len(seen.opened) == 2
    assert seen.closed == seen.opened
