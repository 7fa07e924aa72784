"""What a conclusion writes, and when it writes nothing."""

import re

import pytest

from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.event import EventKind
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Conclusion, Problem, Step
from netpulse_core.model.state import JobState
from tests.ledger.work import LOST_CONTACT, OK, Worker, accepted, pass_time

LATE = Conclusion(outcome=Outcome.FAILED, steps=(Step(label="late", body="late"),))


def events(ledger: Ledger, run: str) -> list[EventKind]:
    return [event.kind for event in ledger.outbox.after(run, 0)]


def test_a_late_conclusion_changes_nothing(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1")
    stale = worker.claim_one()
    worker.die()
    ledger.reaping.reap()
    heir = Worker(ledger, "n2", owns=["d1"])
    claim = heir.claim_one()
    before = events(ledger, run)

    worker.conclude(stale, LATE)
    assert ledger.jobs.one(run, "d1").state is JobState.RUNNING
    assert ledger.jobs.steps(run) == {}
    assert events(ledger, run) == before

    heir.conclude(claim)
    worker.conclude(stale, LATE)
    assert ledger.jobs.one(run, "d1").outcome is Outcome.OK
    assert ledger.runs.get(run).unfinished == 0


def test_one_stale_conclusion_in_a_batch_spoils_none_of_the_others(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1", "d2", "d3"])
    run = accepted(ledger, "d1", "d2", "d3")
    first, second, third = worker.claim()
    worker.conclude(second)
    worker.turn([(first, OK), (second, LATE), (third, OK)], 0)
    assert ledger.runs.get(run).counts == {Outcome.OK: 3}
    assert events(ledger, run).count(EventKind.JOB_FINISHED) == 3


def test_a_job_concluded_twice_in_a_batch_keeps_its_first_conclusion(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1", "d2"])
    run = accepted(ledger, "d1", "d2")
    first, _ = worker.claim()
    worker.turn([(first, OK), (first, LATE)], 0)
    assert ledger.jobs.one(run, "d1").outcome is Outcome.OK
    assert ledger.runs.get(run).unfinished == 1


@pytest.mark.parametrize("stale_first", [True, False])
def test_a_stale_conclusion_does_not_shadow_the_valid_one_of_its_job(ledger: Ledger, stale_first: bool) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1")
    stale = worker.claim_one()
    ledger.reaping.put_back("n1", ())
    valid = worker.claim_one()
    done = [(stale, LATE), (valid, OK)]
    worker.turn(done if stale_first else done[::-1], 0)
    assert ledger.jobs.one(run, "d1").outcome is Outcome.OK
    assert ledger.jobs.steps(run) == {}
    assert ledger.runs.get(run).unfinished == 0


def test_a_retry_waits_its_time_and_keeps_the_reason(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1")
    problem = Problem(kind="Unreachable", message="d1: no answer")
    worker.conclude(worker.claim_one(), Conclusion(outcome=Outcome.UNREACHABLE, problem=problem, retry_in=30.0))
    job = ledger.jobs.one(run, "d1")
    assert (job.state, job.outcome, job.problem) == (JobState.QUEUED, None, problem)
    assert re.fullmatch(r"attempt 2 in [123]\d s", job.waiting_for)
    assert worker.claim() == []
    pass_time(ledger, 30.1)
    ledger.nodes.join("n2", name="n2", revision="r1", slots=1, fifo_only=False)
    ledger.nodes.place({"d1": "n2"})
    (claim,), _ = ledger.claims.turn("n2", [], 5)
    assert claim.attempt == 2


def test_a_retry_beyond_the_budget_is_a_conclusion(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", attempts=2)
    worker.conclude(worker.claim_one(), LOST_CONTACT)
    worker.conclude(worker.claim_one(), LOST_CONTACT)
    assert ledger.jobs.one(run, "d1").outcome is Outcome.UNREACHABLE


def test_after_the_point_of_no_return_a_retry_is_a_conclusion(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", changes=True)
    worker.conclude(worker.push(), LOST_CONTACT)
    job = ledger.jobs.one(run, "d1")
    assert (job.state, job.outcome) == (JobState.FINISHED, Outcome.UNREACHABLE)


def test_a_job_that_says_it_is_in_doubt_holds_its_device(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", changes=True)
    accepted(ledger, "d1")
    claim = worker.push()
    worker.conclude(claim, Conclusion(outcome=Outcome.IN_DOUBT))
    worker.conclude(claim, OK)
    assert ledger.jobs.one(run, "d1").state is JobState.IN_DOUBT
    assert worker.claim() == []
