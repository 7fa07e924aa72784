"""The ledger's time, which is the database's, whoever tells it."""

from sqlalchemy import select

from netpulse_core.ledger.database import clock, now
from netpulse_core.ledger.ledger import Ledger


def test_the_time_that_is_told_is_the_time_that_statements_see(ledger: Ledger) -> None:
    with ledger.database.read() as connection:
        for _ in range(200):
            before, asked, after = clock(connection), connection.scalar(select(now())), clock(connection)
            assert asked is not None
            assert before <= asked <= after
