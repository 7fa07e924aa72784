"""The point of no return: each reason not to cross has its sentence, and then nothing has moved."""

from collections.abc import Callable

import pytest

from netpulse_core.errors import Cancelled, Conflict, Expired, LeaseLost, Refused
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.event import EventKind
from netpulse_core.model.node import LEASE
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Claim
from netpulse_core.model.state import JobState
from tests.ledger.work import PUSH_TIMEOUT, Worker, accepted, in_doubt, on, pass_time

TAKEN = "d1: the job was taken from this node before it changed anything"


def reaped(ledger: Ledger, worker: Worker, claim: Claim) -> None:
    worker.die()
    ledger.reaping.reap()


def claimed_again(ledger: Ledger, worker: Worker, claim: Claim) -> None:
    reaped(ledger, worker, claim)
    Worker(ledger, "n2", owns=["d1"]).claim_one()


def crossed(ledger: Ledger, worker: Worker, claim: Claim) -> None:
    ledger.claims.cross(claim, worker.name, on())


def concluded(ledger: Ledger, worker: Worker, claim: Claim) -> None:
    worker.conclude(claim)


def cancelled(ledger: Ledger, worker: Worker, claim: Claim) -> None:
    ledger.stopping.cancel(claim.run, "ann")


def overdue(ledger: Ledger, worker: Worker, claim: Claim) -> None:
    for _ in range(3):
        pass_time(ledger, LEASE - 5)
        assert ledger.nodes.heartbeat(worker.name, sessions=0)


def silent(ledger: Ledger, worker: Worker, claim: Claim) -> None:
    worker.die()


@pytest.mark.parametrize(
    ("happened", "kind", "sentence"),
    [
        (reaped, Conflict, TAKEN),
        (claimed_again, Conflict, TAKEN),
        (crossed, Conflict, TAKEN),
        (concluded, Conflict, TAKEN),
        (cancelled, Cancelled, "d1: it was cancelled before the change began"),
        (overdue, Expired, "d1: the deadline passed before the change began"),
        (silent, LeaseLost, "d1: this node's lease ended before the change began"),
    ],
)
def test_a_change_does_not_begin_when(
    ledger: Ledger, happened: Callable[[Ledger, Worker, Claim], None], kind: type[Refused], sentence: str
) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", changes=True, deadline=25.0)
    claim = worker.claim_one()
    happened(ledger, worker, claim)
    job, told = ledger.jobs.one(run, "d1"), ledger.outbox.after(run, 0)
    with pytest.raises(Refused) as refused:
        ledger.claims.cross(claim, worker.name, on("vty 3"))
    assert (type(refused.value), str(refused.value)) == (kind, sentence)
    assert ledger.jobs.one(run, "d1") == job
    assert ledger.outbox.after(run, 0) == told


def test_a_claim_whose_fence_has_moved_on_is_not_crossed_by_a_living_node_either(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", changes=True)
    stale = worker.claim_one()
    claimed_again(ledger, worker, stale)
    with pytest.raises(Conflict, match=TAKEN):
        ledger.claims.cross(stale, "n2", on())
    assert ledger.jobs.one(run, "d1").state is JobState.RUNNING


def test_a_run_that_only_reads_never_changes_anything(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", changes=False)
    with pytest.raises(Refused, match="d1: this run may only read") as refused:
        ledger.claims.cross(worker.claim_one(), worker.name, on())
    assert refused.value.hint == "mark the runbook with changes=True"
    assert ledger.jobs.one(run, "d1").state is JobState.RUNNING


def test_crossing_records_the_session_on_the_device(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", changes=True)
    ledger.claims.cross(worker.claim_one(), worker.name, on("vty\0 3\ud800"))
    job = ledger.jobs.one(run, "d1")
    assert (job.state, job.device_session) == (JobState.PUSHING, "vty\\0 3?")
    assert ledger.outbox.after(run, 0)[-1].kind is EventKind.JOB_PUSHING


def test_a_push_is_left_alone_until_its_timeout_and_a_lease_have_passed(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", changes=True)
    claim = worker.push()
    pass_time(ledger, PUSH_TIMEOUT + LEASE - 5)
    assert ledger.reaping.reap() == set()
    worker.conclude(claim)  # its node lost the lease, not the right to say what it did
    assert ledger.jobs.one(run, "d1").outcome is Outcome.OK


@pytest.mark.thorough
def test_a_push_without_a_conclusion_becomes_doubtful_and_holds_the_device(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run, waiting = accepted(ledger, "d1", changes=True), accepted(ledger, "d1")
    claim = in_doubt(ledger, worker)
    assert ledger.jobs.one(run, "d1").state is JobState.IN_DOUBT
    worker.conclude(claim)
    assert ledger.jobs.one(run, "d1").outcome is Outcome.IN_DOUBT
    heir = Worker(ledger, "n2", owns=["d1"])
    assert heir.claim() == []
    assert ledger.jobs.one(waiting, "d1").waiting_for.startswith(f"the device is in doubt since run {run}: ")


def test_a_push_whose_node_lives_is_its_nodes_own_business(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", changes=True)
    worker.push()
    for _ in range(9):
        pass_time(ledger, LEASE - 5)
        assert ledger.nodes.heartbeat(worker.name, sessions=1)
    assert ledger.reaping.reap() == set()
    assert ledger.jobs.one(run, "d1").state is JobState.PUSHING
