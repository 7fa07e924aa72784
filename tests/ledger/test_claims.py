"""What a node is given, and what it is not."""

import time

import pytest

from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.node import LEASE
from netpulse_core.model.run import Claim
from netpulse_core.model.runbook import Queue
from tests.ledger.work import OK, Worker, accepted, in_doubt, pass_time


def devices(claims: list[Claim]) -> list[str]:
    return [claim.device for claim in claims]


def test_a_claim_takes_no_more_than_the_free_slots(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1", "d2", "d3"])
    accepted(ledger, "d1", "d2", "d3")
    assert devices(worker.claim(slots=2)) == ["d1", "d2"]
    assert devices(worker.claim(slots=2)) == ["d3"]
    assert worker.claim(slots=2) == []


def test_a_claim_takes_one_job_of_a_device(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    first, second = accepted(ledger, "d1"), accepted(ledger, "d1")
    claim = worker.claim_one()
    assert claim.run == first
    assert worker.claim() == []
    (following,) = worker.turn([(claim, OK)], slots=5)
    assert (following.run, following.fence > claim.fence) == (second, True)


def test_two_names_of_one_box_are_served_one_after_the_other(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["192.0.2.1:22"])
    accepted(ledger, ("core", "192.0.2.1:22"), ("core-mgmt", "192.0.2.1:22"))
    claim = worker.claim_one()
    assert devices(worker.turn([(claim, OK)], slots=5)) == ["core-mgmt"]


def test_urgent_work_comes_first_until_the_other_has_waited_long_enough(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1", "d2", "d3"])
    accepted(ledger, "d1", priority=5)
    accepted(ledger, "d2", priority=6)
    assert devices(worker.claim(slots=1)) == ["d2"]
    pass_time(ledger, 601)  # more than one step of priority is worth
    ledger.nodes.join("n2", name="n2", revision="r1", slots=1, fifo_only=False)
    ledger.nodes.place({"d1": "n2", "d3": "n2"})
    accepted(ledger, "d3", priority=6)
    assert devices(ledger.claims.turn("n2", [], 1)[0]) == ["d1"]


def test_one_busy_device_does_not_hide_the_others(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["hog", "d1", "d2"])
    for _ in range(30):
        accepted(ledger, "hog", priority=9)
    accepted(ledger, "d1", "d2", priority=0)
    assert devices(worker.claim(slots=3)) == ["hog", "d1", "d2"]


def test_a_node_leaves_the_devices_of_another_alone(ledger: Ledger) -> None:
    Worker(ledger, "n1", owns=["d1"])
    other = Worker(ledger, "n2")
    accepted(ledger, "d1")
    assert other.claim() == []


@pytest.mark.parametrize("fifo_only", [True, False])
def test_a_job_that_keeps_no_session_is_any_nodes(ledger: Ledger, fifo_only: bool) -> None:
    Worker(ledger, "n1", owns=["d1", "d2"])
    other = Worker(ledger, "n2", fifo_only=fifo_only)
    accepted(ledger, "d1", queue=Queue.FIFO)
    accepted(ledger, "d2")
    assert devices(other.claim()) == ["d1"]


def test_a_fifo_node_takes_nothing_that_keeps_a_session(ledger: Ledger) -> None:
    worker = Worker(ledger, fifo_only=True)
    accepted(ledger, "d1")
    ledger.nodes.place({"d1": "n1"})
    assert worker.claim() == []


def test_a_job_of_another_revision_of_the_site_is_not_claimed(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", revision="r2")
    assert worker.claim() == []
    assert ledger.jobs.one(run, "d1").waiting_for == "no living worker has site revision r2"


def test_a_draining_node_claims_nothing(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    accepted(ledger, "d1")
    ledger.nodes.drain("n1")
    assert worker.claim() == []


def test_a_node_whose_lease_ended_claims_nothing_and_is_told_so(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    accepted(ledger, "d1")
    assert ledger.nodes.heartbeat("n1", sessions=0)
    pass_time(ledger, LEASE + 0.1)
    assert worker.claim() == []
    assert not ledger.nodes.heartbeat("n1", sessions=0)
    assert worker.claim() == []


def test_a_heartbeat_keeps_the_lease(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    pass_time(ledger, LEASE - 5)
    assert ledger.nodes.heartbeat("n1", sessions=0)
    pass_time(ledger, LEASE - 5)
    accepted(ledger, "d1")
    assert worker.claim()


def test_nothing_is_claimed_after_its_deadline(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    accepted(ledger, "d1", deadline=5)
    pass_time(ledger, 5.1)
    assert worker.claim() == []


def test_a_waiting_job_says_which_run_holds_its_device(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    first, second = accepted(ledger, "d1"), accepted(ledger, "d1")
    worker.claim_one()
    assert ledger.jobs.one(second, "d1").waiting_for == f"the device is held by run {first}"


def test_a_job_behind_a_device_in_doubt_says_what_a_person_has_to_do(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    accepted(ledger, "d1", changes=True)
    claim = in_doubt(ledger, worker)
    second = accepted(ledger, "d1")
    reason = ledger.jobs.one(second, "d1").waiting_for
    assert reason.startswith(f"the device is in doubt since run {claim.run}: look at the device, then: ")
    assert f"netpulse resolve {claim.run} d1 --as OUTCOME" in reason


def test_a_claim_carries_what_the_job_needs(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["k"])
    run = accepted(ledger, ("core", "k"), parameters={"vlan": 7}, changes=True, timeout=9.0, deadline=50.0)
    claim = worker.claim_one()
    assert (claim.run, claim.device, claim.key, claim.attempt) == (run, "core", "k", 1)
    assert (claim.parameters, claim.changes, claim.timeout) == ({"vlan": 7}, True, 9.0)
    assert 49 < claim.left <= 50


def test_a_lease_is_by_the_databases_clock(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    true = time.time
    monkeypatch.setattr(time, "time", lambda: true() + 3600.0)  # this machine's clock is an hour ahead
    worker = Worker(ledger, owns=["d1"])
    assert ledger.nodes.heartbeat("n1", sessions=0)
    accepted(ledger, "d1")
    worker.claim_one()
    worker.die()
    assert not ledger.nodes.heartbeat("n1", sessions=0)
    assert ledger.reaping.reap()
