"""What becomes of work whose time is over, whose node died, or of which nobody knows what it did."""

import pytest
from sqlalchemy import select

from netpulse_core.errors import Conflict, NotFound
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.tables import jobs
from netpulse_core.model.event import EventKind
from netpulse_core.model.node import LEASE
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.runbook import Queue
from netpulse_core.model.state import JobState
from tests.ledger.work import HANDED_BACK, LOST_CONTACT, OK, PUSH_TIMEOUT, Worker, accepted, in_doubt, on, pass_time


def test_what_a_dead_node_held_is_queued_again(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", changes=True)
    claim = worker.claim_one()
    worker.die()
    assert ledger.reaping.reap() == {run}
    assert ledger.jobs.one(run, "d1").state is JobState.QUEUED
    again = Worker(ledger, "n2", owns=["d1"]).claim_one()
    assert again.fence > claim.fence


def test_what_a_living_node_holds_stays_with_it(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1")
    worker.claim_one()
    assert ledger.reaping.reap() == set()
    assert ledger.jobs.one(run, "d1").state is JobState.RUNNING


def test_a_job_under_which_a_worker_died_is_told_from_others(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1", "d2"])
    suspect = accepted(ledger, "d1")
    assert worker.claim_one().crashes == 0
    worker.die()
    ledger.reaping.reap()
    assert ledger.jobs.one(suspect, "d1").waiting_for == "no living worker has site revision r1"
    heir = Worker(ledger, "n2", owns=["d1", "d2"])
    assert "run it alone" in ledger.jobs.one(suspect, "d1").waiting_for
    other = accepted(ledger, "d2")

    def claimed(suspects: int | None, slots: int = 5) -> list[tuple[str, int]]:
        claims, _ = ledger.claims.turn("n2", [], slots, suspects=suspects)
        heir.turn([(claim, HANDED_BACK) for claim in claims], 0)
        return [(claim.run, claim.crashes) for claim in claims]

    assert claimed(0) == [(other, 0)]
    assert claimed(1) == [(suspect, 1), (other, 0)]
    assert claimed(1, slots=1) == [(suspect, 1)]
    assert claimed(None) == [(suspect, 1), (other, 0)]


def test_a_suspect_waits_behind_no_more_urgent_work(ledger: Ledger) -> None:
    worker = Worker(ledger, fifo_only=True)
    suspect = accepted(ledger, "d1", queue=Queue.FIFO, priority=0)
    worker.claim_one()
    worker.die()
    ledger.reaping.reap()
    Worker(ledger, "n2", fifo_only=True)
    accepted(ledger, *(f"u{number}" for number in range(10)), queue=Queue.FIFO, priority=9)
    claims, _ = ledger.claims.turn("n2", [], 3, fifo_only=True, suspects=2)
    assert [claim.run == suspect for claim in claims] == [True, False, False]


def test_what_a_living_node_does_not_know_it_holds_is_queued_again_and_counts_for_nothing(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1", "d2"])
    unknown, known = accepted(ledger, "d1"), accepted(ledger, "d2")
    unheard, heard = worker.claim()
    assert ledger.reaping.put_back("n1", {(heard.job, heard.fence)}) == {unknown}
    assert ledger.reaping.put_back("n1", {(heard.job, heard.fence)}) == set()
    assert ledger.jobs.one(known, "d2").state is JobState.RUNNING
    again = worker.claim_one()
    assert (again.run, again.attempt, again.fence > unheard.fence) == (unknown, 1, True)
    with ledger.database.read() as connection:
        assert connection.scalars(select(jobs.c.crashes)).all() == [0, 0]


def test_an_earlier_claim_of_a_job_does_not_stand_for_a_later_one(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1")
    first = worker.claim_one()
    worker.turn([(first, LOST_CONTACT)], 1)  # concluded and claimed once more, and the answer is lost
    assert ledger.reaping.put_back("n1", {(first.job, first.fence)}) == {run}
    worker.conclude(first, LOST_CONTACT)
    assert worker.claim_one().attempt == 2


def test_what_has_begun_to_change_its_device_or_is_anothers_is_not_put_back(ledger: Ledger) -> None:
    worker, other = Worker(ledger, owns=["d1"]), Worker(ledger, "n2", owns=["d2"])
    pushed, others = accepted(ledger, "d1", changes=True), accepted(ledger, "d2")
    worker.push()
    other.claim_one()
    assert ledger.reaping.put_back("n1", ()) == set()
    assert ledger.jobs.one(pushed, "d1").state is JobState.PUSHING
    assert ledger.jobs.one(others, "d2").state is JobState.RUNNING


def test_a_cancelled_job_of_a_dead_node_is_cancelled_and_not_run_again(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1", "d2"])
    cancelled, other = accepted(ledger, "d1"), accepted(ledger, "d2")
    worker.claim()
    ledger.stopping.cancel(cancelled, "ann")
    worker.die()
    assert ledger.reaping.reap() == {cancelled, other}
    assert ledger.runs.get(cancelled).verdict is Verdict.CANCELLED
    assert ledger.jobs.one(other, "d2").state is JobState.QUEUED


def test_what_waited_too_long_expires_and_says_what_to_look_at(ledger: Ledger) -> None:
    late, good = accepted(ledger, "d1", "d2", deadline=5), accepted(ledger, "d1")
    assert ledger.reaping.expire() == set()
    pass_time(ledger, 5.1)
    assert ledger.reaping.expire() == {late}
    run = ledger.runs.get(late)
    assert (run.verdict, run.counts, run.unfinished) == (Verdict.FAILED, {Outcome.EXPIRED: 2}, 0)
    problem = ledger.jobs.one(late, "d1").problem
    assert problem is not None
    assert problem.hint == "see `netpulse nodes`"
    assert "no living worker has site revision r1" in problem.message
    assert ledger.jobs.one(good, "d1").state is JobState.QUEUED


def test_what_runs_does_not_expire(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", deadline=5)
    claim = worker.claim_one()
    pass_time(ledger, 5.1)
    assert ledger.reaping.expire() == set()
    worker.conclude(claim)
    assert ledger.runs.get(run).verdict is Verdict.SUCCESS


def test_a_push_says_that_it_waits_for_a_worker_that_died(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", changes=True)
    worker.push()
    assert ledger.jobs.one(run, "d1").waiting_for == ""
    worker.die()
    assert "its worker died in the middle of the change" in ledger.jobs.one(run, "d1").waiting_for


def test_a_person_says_what_became_of_a_doubtful_job(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", changes=True)
    in_doubt(ledger, worker)
    assert ledger.runs.get(run).verdict is Verdict.IN_DOUBT

    ledger.reaping.resolve(run, "d1", Outcome.CHANGED, "bob", "I looked")
    assert ledger.runs.get(run).verdict is Verdict.SUCCESS
    assert ledger.jobs.one(run, "d1").state is JobState.FINISHED
    record = ledger.audit.page(limit=1)[0]
    assert (record.actor, record.action, record.object) == ("bob", "job.resolved", run)
    said = ledger.jobs.one(run, "d1").problem
    assert said is not None
    assert said.message == "bob says: I looked"
    assert record.body == {"device": "d1", "outcome": "changed", "reason": "I looked"}
    assert [event.kind for event in ledger.outbox.after(run, 0)][-2:] == [
        EventKind.JOB_FINISHED,
        EventKind.RUN_FINISHED,
    ]
    accepted(ledger, "d1")
    Worker(ledger, "n2", owns=["d1"]).claim_one()


def test_a_run_is_in_doubt_until_its_last_doubt_is_resolved(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1", "d2"])
    run = accepted(ledger, "d1", "d2", changes=True)
    for claim in worker.claim():
        ledger.claims.cross(claim, worker.name, on())
    pass_time(ledger, 100)
    ledger.reaping.reap()
    ledger.reaping.resolve(run, "d1", Outcome.CHANGED, "bob", "I looked")
    assert ledger.runs.get(run).verdict is Verdict.IN_DOUBT
    ledger.reaping.resolve(run, "d2", Outcome.NOT_APPLIED, "bob", "I looked")
    assert ledger.runs.get(run).verdict is Verdict.MIXED


def test_a_doubt_resolved_before_the_run_ends_leaves_the_verdict_to_its_end(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", "d2", changes=True)
    in_doubt(ledger, worker)
    ledger.reaping.resolve(run, "d1", Outcome.CHANGED, "bob", "I looked")
    assert ledger.runs.get(run).verdict is None
    heir = Worker(ledger, "n2", owns=["d2"])
    heir.conclude(heir.claim_one(), OK)
    assert ledger.runs.get(run).verdict is Verdict.SUCCESS


def test_only_a_doubtful_job_can_be_resolved(ledger: Ledger) -> None:
    run = accepted(ledger, "d1")
    with pytest.raises(Conflict, match=r"is not in doubt there: it is queued"):
        ledger.reaping.resolve(run, "d1", Outcome.OK, "bob", "why not")
    with pytest.raises(NotFound):
        ledger.reaping.resolve(run, "d9", Outcome.OK, "bob", "why not")
    assert ledger.audit.page(limit=1)[0].action == "run.accepted"


def test_each_doubt_says_how_that_very_job_is_resolved(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1", "d2"])
    run = accepted(ledger, "d1", "d2", changes=True)
    for claim in worker.claim():
        ledger.claims.cross(claim, "n1", on())
    pass_time(ledger, PUSH_TIMEOUT + LEASE + 0.1)
    ledger.reaping.reap()
    for job in ledger.jobs.of_run(run):
        assert job.problem is not None
        assert f"netpulse resolve {run} {job.device} --as" in job.problem.hint
