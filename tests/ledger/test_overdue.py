"""A queue is over when its time is, however long it is, and nobody else is kept waiting for that."""

import pytest

from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.reaping import AT_ONCE
from netpulse_core.model.outcome import Outcome
from netpulse_core.worker.reaper import ENOUGH, Reaper
from tests.ledger.work import accepted, pass_time


def overdue(ledger: Ledger, number: int) -> str:
    run = accepted(ledger, *(f"d{n}" for n in range(number)), deadline=5)
    pass_time(ledger, 5.1)
    return run


@pytest.mark.thorough
def test_a_queue_that_comes_to_its_deadline_at_once_is_over_in_one_sweep(ledger: Ledger) -> None:
    run = overdue(ledger, 3 * AT_ONCE + 1)
    assert Reaper(ledger, clock=lambda: 0.0).sweep() == {run}
    assert ledger.runs.get(run).counts == {Outcome.EXPIRED: 3 * AT_ONCE + 1}


@pytest.mark.thorough
def test_a_sweep_that_takes_long_leaves_the_rest_to_the_next(ledger: Ledger) -> None:
    run = overdue(ledger, 2 * AT_ONCE)
    ticks = iter(n * ENOUGH for n in range(100))
    reaper = Reaper(ledger, clock=lambda: next(ticks))
    assert reaper.sweep() == {run}
    assert ledger.runs.get(run).unfinished == AT_ONCE
    assert reaper.sweep() == {run}
    assert ledger.runs.get(run).unfinished == 0
