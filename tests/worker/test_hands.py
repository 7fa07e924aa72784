"""What a worker has in hand, and what it has still to write down."""

from pathlib import Path

import pytest

from netpulse_core.errors import ServiceError
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Claim, Conclusion, Step
from netpulse_core.runs.alarm import Alarm
from netpulse_core.runs.stopper import Stopper
from netpulse_core.worker.concluded import Concluded
from netpulse_core.worker.gate import LedgerGate
from netpulse_core.worker.hands import Hands
from tests.ledger.work import Worker, accepted


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    opened = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
    opened.upgrade()
    return opened


def test_a_claim_that_arrives_after_a_worker_gave_up_goes_back_to_the_queue(ledger: Ledger) -> None:
    begun: list[Claim] = []
    ended: list[Conclusion] = []

    def run(claim: Claim, gate: LedgerGate, stopper: Stopper) -> Conclusion:
        begun.append(claim)
        raise AssertionError("it was begun")

    worker = Worker(ledger, owns=["d1"])
    accepted(ledger, "d1", changes=True)
    claim = worker.claim_one()
    alarm = Alarm()
    hands = Hands(run, lambda _, conclusion: ended.append(conclusion), alarm)
    assert hands.give_up("its worker stopped") == []
    hands.take(claim, LedgerGate(ledger.claims, claim, worker.name))
    alarm.close()
    ledger.close()
    assert begun == []
    assert [one.handed_back for one in ended] == [True]
    assert len(hands) == 0


def test_one_that_cannot_be_written_down_keeps_no_other_back(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1", "d2", "d3"])
    accepted(ledger, "d1", "d2", "d3")
    concluded = Concluded()
    for claim in worker.claim():
        concluded.add(claim, Conclusion(outcome=Outcome.OK, steps=(Step(label="show clock", body=claim.device),)))
    concluded.give_back(concluded.take(), ValueError("one of them"))
    (bad,) = concluded.take()  # from now on one by one, and the first fails by itself
    concluded.give_back([bad], ValueError("this one"))
    written: list[Conclusion] = []
    devices: list[str] = []
    while done := concluded.take():
        concluded.written()
        devices += [claim.device for claim, _ in done]
        written += [conclusion for _, conclusion in done]
    ledger.close()
    assert devices == ["d2", "d3", bad[0].device]
    assert [bool(one.steps) for one in written] == [True, True, False]
    assert written[-1].problem is not None
    assert "could not be recorded" in written[-1].problem.message


def test_a_ledger_that_is_away_costs_no_outputs(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    accepted(ledger, "d1")
    concluded = Concluded()
    concluded.add(worker.claim_one(), Conclusion(outcome=Outcome.OK, steps=(Step(label="show clock", body="x"),)))
    for _ in range(3):
        concluded.give_back(concluded.take(), ServiceError("the ledger is not available"))
    ((_, conclusion),) = concluded.take()
    ledger.close()
    assert conclusion.steps
