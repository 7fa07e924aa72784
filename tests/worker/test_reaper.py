"""A reaper takes work only from nodes that had the chance to say that they live."""

from contextlib import closing
from pathlib import Path

from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.node import LEASE
from netpulse_core.model.state import JobState
from netpulse_core.worker.reaper import Reaper
from tests.ledger.work import Worker, accepted


def test_after_an_outage_nothing_is_reaped_before_a_whole_lease_has_passed(tmp_path: Path) -> None:
    hands = [0.0]
    with closing(Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")) as ledger:
        ledger.upgrade()
        reaper = Reaper(ledger, lambda: hands[0])
        worker = Worker(ledger, owns=["d1"])
        run = accepted(ledger, "d1")
        worker.claim_one()
        worker.die()
        hands[0] = 1000.0
        reaper.ledger_was_away()
        assert reaper.sweep() == set()
        hands[0] += LEASE - 0.1
        assert reaper.sweep() == set()
        assert ledger.jobs.one(run, "d1").state is JobState.RUNNING
        hands[0] += 0.2
        assert reaper.sweep() == {run}
        assert ledger.jobs.one(run, "d1").state is JobState.QUEUED
