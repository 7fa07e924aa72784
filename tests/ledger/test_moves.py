"""Every statement that moves a job makes a legal move: the guard that the tests of moves run under bites."""

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.tables import jobs
from netpulse_core.model.state import JobState, legal
from tests.ledger.work import accepted

ILLEGAL = [(a, b) for a in JobState for b in JobState if a is not b and not legal(a, b)]


@pytest.mark.parametrize(("before", "after"), ILLEGAL, ids=lambda state: str(state))
def test_an_illegal_move_is_refused(ledger: Ledger, before: JobState, after: JobState) -> None:
    accepted(ledger, "d1")
    for state in _way_to(before):
        with ledger.database.write() as connection:
            connection.execute(update(jobs).values(state=state.value))
    with pytest.raises(IntegrityError, match="an illegal move"), ledger.database.write() as connection:
        connection.execute(update(jobs).values(state=after.value))


def _way_to(state: JobState) -> list[JobState]:
    way = [JobState.RUNNING, JobState.PUSHING, JobState.IN_DOUBT, JobState.FINISHED]
    return way[: way.index(state) + 1] if state in way else []
