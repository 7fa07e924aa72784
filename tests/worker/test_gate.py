"""The gate of a claimed job stays open for the time the job has, and no longer: others judge its device after that."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from netpulse_core.errors import SessionLost
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.session import DeviceSession
from netpulse_core.worker.gate import LedgerGate
from tests.ledger.work import Worker, accepted

REQUESTS = DeviceSession(driver="http", name=None, age=0.0)
"""A driver that logs in for each request: nothing on the device could be ended so that no other comes."""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger of the test's own."""
    with closing(Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")) as opened:
        opened.upgrade()
        yield opened


def test_no_further_request_is_let_through_once_the_time_of_a_change_is_over(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    accepted(ledger, "d1", changes=True, timeout=0.2)
    gate = LedgerGate(ledger.claims, worker.claim_one(), worker.name)
    gate.cross(REQUESTS)
    gate.cross(REQUESTS)
    time.sleep(0.25)
    with pytest.raises(SessionLost, match="nothing more was sent: the time of this change was over"):
        gate.cross(REQUESTS)
    assert isinstance(gate.refusal, SessionLost)  # which a runbook that catches it cannot hide


def test_the_time_of_a_change_begins_as_it_crosses(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    accepted(ledger, "d1", changes=True, timeout=0.2)
    gate = LedgerGate(ledger.claims, worker.claim_one(), worker.name)
    time.sleep(0.25)
    gate.cross(REQUESTS)
    gate.cross(REQUESTS)
