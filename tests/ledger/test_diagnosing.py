"""A diagnostic read runs beside a doubt, and beside nothing else."""

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from netpulse_core.errors import QueueFull, Refused
from netpulse_core.ledger.caps import Caps
from netpulse_core.ledger.database import again_if_beaten
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.tables import jobs
from netpulse_core.model.doubt import Finding
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.run import Claim, Problem
from netpulse_core.model.state import JobState
from tests.ledger.lawful import unguard
from tests.ledger.work import OK, Worker, accepted, in_doubt, on, pass_time

FOUND = Finding(outcome=Outcome.CHANGED, problem=Problem(kind="Reconciled", message="d1: it stands"))


@pytest.fixture
def doubt(ledger: Ledger) -> Claim:
    """A change of d1 that is in doubt; its worker is gone."""
    accepted(ledger, "d1", changes=True)
    return in_doubt(ledger, Worker(ledger, "n1", owns=["d1"]))


@pytest.fixture
def worker(ledger: Ledger, doubt: Claim) -> Worker:
    """The node that owns d1 now."""
    return Worker(ledger, "n2", owns=["d1"])


def diagnosed(ledger: Ledger) -> str:
    return accepted(ledger, "d1", diagnostic=True)


def resolve(ledger: Ledger, doubt: Claim) -> None:
    ledger.reaping.resolve(doubt.run, "d1", Outcome.NOT_APPLIED, "ann", "looked at it")


def test_it_does_not_wait_for_the_doubt_and_others_do(ledger: Ledger, doubt: Claim, worker: Worker) -> None:
    read, change = accepted(ledger, "d1"), accepted(ledger, "d1", changes=True, priority=9)
    run = diagnosed(ledger)
    claim = worker.claim_one()
    assert (claim.run, claim.diagnostic) == (run, True)
    worker.conclude(claim)
    assert ledger.runs.get(run).verdict is Verdict.SUCCESS
    assert ledger.jobs.one(run, "d1").diagnostic
    assert [ledger.jobs.one(one, "d1").state for one in (read, change)] == [JobState.QUEUED] * 2
    assert ledger.jobs.one(doubt.run, "d1").state is JobState.IN_DOUBT
    assert worker.claim() == []


def test_who_comes_second_claims_again(ledger: Ledger, worker: Worker) -> None:
    diagnosed(ledger)
    late = diagnosed(ledger)
    worker.claim_one()
    tries: list[int] = []

    @again_if_beaten
    def claim_unawares() -> None:
        tries.append(1)
        state = JobState.RUNNING if len(tries) == 1 else JobState.QUEUED
        with ledger.database.write() as connection:
            connection.execute(update(jobs).where(jobs.c.run_id == late).values(state=state.value))

    unguard(ledger)
    claim_unawares()
    assert len(tries) == 2


def test_a_device_has_one_at_a_time(ledger: Ledger, worker: Worker) -> None:
    first, second = diagnosed(ledger), diagnosed(ledger)
    claim = worker.claim_one()
    assert ledger.jobs.one(second, "d1").waiting_for == f"the device is read for the diagnosis of run {first}"
    worker.conclude(claim)
    assert worker.claim_one().run == second


def test_the_schema_itself_refuses_a_second(ledger: Ledger, worker: Worker) -> None:
    diagnosed(ledger)
    worker.claim_one()
    second = ledger.jobs.one(diagnosed(ledger), "d1")
    with ledger.database.write() as connection, pytest.raises(IntegrityError):
        connection.execute(update(jobs).where(jobs.c.id == second.id).values(state=JobState.RUNNING.value))


def test_the_doubt_is_looked_into_meanwhile_and_neither_hinders_the_other(
    ledger: Ledger, doubt: Claim, worker: Worker
) -> None:
    diagnosed(ledger)
    claim = worker.claim_one()
    (looking,) = ledger.reconciling.claim("n2", 8)
    assert looking.job == doubt.job
    worker.conclude(claim)
    assert ledger.reconciling.conclude(looking, "n2", FOUND)
    assert ledger.jobs.one(doubt.run, "d1").outcome is Outcome.CHANGED
    assert ledger.jobs.one(claim.run, "d1").outcome is Outcome.OK


def test_a_doubt_that_was_claimed_before_it_is_still_its_claimers(ledger: Ledger, doubt: Claim, worker: Worker) -> None:
    (looking,) = ledger.reconciling.claim("n2", 8)
    diagnosed(ledger)
    worker.claim_one()
    assert ledger.reconciling.conclude(looking, "n2", FOUND)


@pytest.mark.parametrize("by", ["a person", "a worker"])
def test_nothing_begins_beside_it_once_the_doubt_is_over(ledger: Ledger, doubt: Claim, worker: Worker, by: str) -> None:
    diagnosed(ledger)
    claim = worker.claim_one()
    change = accepted(ledger, "d1", changes=True, priority=9)
    if by == "a person":
        resolve(ledger, doubt)
    else:
        (looking,) = ledger.reconciling.claim("n2", 8)
        ledger.reconciling.conclude(looking, "n2", FOUND)
    assert worker.claim() == []
    assert "diagnosis of run" in ledger.jobs.one(change, "d1").waiting_for
    worker.conclude(claim)
    assert worker.push().run == change


def test_it_waits_for_a_push_that_began_before_it(ledger: Ledger, doubt: Claim, worker: Worker) -> None:
    change, run = accepted(ledger, "d1", changes=True, priority=9), diagnosed(ledger)
    resolve(ledger, doubt)
    push = worker.push()
    assert push.run == change
    assert worker.claim() == []
    assert ledger.jobs.one(run, "d1").waiting_for == f"the device is held by run {change}"
    worker.conclude(push)
    assert worker.claim_one().run == run


def test_after_its_worker_died_it_is_done_again(ledger: Ledger, worker: Worker) -> None:
    run = diagnosed(ledger)
    worker.claim_one()
    worker.die()
    ledger.reaping.reap()
    claim = Worker(ledger, "n3", owns=["d1"]).claim_one()
    assert (claim.run, claim.crashes, claim.diagnostic) == (run, 1, True)


def test_a_claim_that_nobody_has_in_hand_is_put_back(ledger: Ledger, worker: Worker) -> None:
    run = diagnosed(ledger)
    worker.claim_one()
    assert ledger.reaping.put_back("n2", ()) == {run}
    assert worker.claim_one().run == run


def test_after_a_restore_it_is_done_again_and_the_doubt_stays(ledger: Ledger, doubt: Claim, worker: Worker) -> None:
    run = diagnosed(ledger)
    worker.claim_one()
    ledger.restoring.declare("the disk died", by="bob")
    assert ledger.jobs.one(doubt.run, "d1").state is JobState.IN_DOUBT
    assert Worker(ledger, "n3", owns=["d1"]).claim_one().run == run


def test_it_never_passes_a_gate(ledger: Ledger, worker: Worker) -> None:
    diagnosed(ledger)
    with pytest.raises(Refused, match="may only read"):
        ledger.claims.cross(worker.claim_one(), "n2", on())


def test_its_deadline_holds(ledger: Ledger, worker: Worker) -> None:
    run = accepted(ledger, "d1", diagnostic=True, deadline=10.0)
    pass_time(ledger, 11.0)
    ledger.reaping.expire()
    assert ledger.jobs.one(run, "d1").outcome is Outcome.EXPIRED


def test_what_waits_for_the_doubt_takes_none_of_its_room(ledger: Ledger, ledger_url: str, worker: Worker) -> None:
    narrow = Ledger(ledger_url, caps=Caps(of_device=2))
    accepted(narrow, "d1")
    accepted(narrow, "d1")
    with pytest.raises(QueueFull):
        accepted(narrow, "d1")
    diagnosed(narrow)
    diagnosed(narrow)
    with pytest.raises(QueueFull):
        diagnosed(narrow)
    narrow.close()


def test_it_counts_as_work_of_its_owner(ledger: Ledger, doubt: Claim, worker: Worker) -> None:
    diagnosed(ledger)
    worker.claim_one()
    resolve(ledger, doubt)
    assert ledger.placements.idle("n2") == []
    Worker(ledger, "n3")
    assert ledger.placements.move("n2", {"d1": ("n2", "n3")}) == []


def test_a_held_device_is_held_for_what_is_not_diagnostic(ledger: Ledger, doubt: Claim, worker: Worker) -> None:
    resolve(ledger, doubt)
    accepted(ledger, "d1")
    worker.turn([(worker.claim_one(), OK)], 0)
    first, second = accepted(ledger, "d1"), accepted(ledger, "d1")
    assert worker.claim_one().run == first
    assert worker.claim() == []
    assert first in ledger.jobs.one(second, "d1").waiting_for
