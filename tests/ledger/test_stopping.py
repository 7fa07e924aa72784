"""Cancelling: what is queued, what runs and what changes, of a whole run and of some of its devices."""

import pytest

from netpulse_core.errors import Cancelled, Conflict, NotFound
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.event import EventKind
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.run import Conclusion
from netpulse_core.model.state import JobState
from tests.ledger.work import LOST_CONTACT, Worker, accepted, in_doubt, on

BEGUN = "its change has begun: broken off half-way, nobody would know what it holds"


def test_what_is_queued_ends_and_what_runs_is_told_to_its_node(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1", "d2", "d3"])
    run = accepted(ledger, "d1", "d2", "d3")
    claim = worker.claim(slots=1)[0]
    done, nodes = ledger.stopping.cancel(run, "bob")
    assert (done.cancelled, done.stopping, done.refused, nodes) == (2, ("d1",), {}, {"n1": ["d1"]})
    assert worker.claim() == []
    assert ledger.stopping.asked("n1") == {(claim.job, claim.fence)}
    assert ledger.stopping.asked("n2") == set()
    assert ledger.jobs.one(run, "d1").waiting_for == "its worker to stop it: it was cancelled"
    problem = ledger.jobs.one(run, "d2").problem
    assert problem is not None
    assert problem.message == "cancelled by bob"
    worker.conclude(claim, Conclusion(outcome=Outcome.CANCELLED))
    assert ledger.runs.get(run).verdict is Verdict.CANCELLED
    since = [event.kind for event in ledger.outbox.after(run, done.after)]
    assert since[0] is EventKind.RUN_CANCELLED
    assert since[-1] is EventKind.RUN_FINISHED
    record = ledger.audit.page(limit=1)[0]
    assert (record.actor, record.action, record.body["stopping"]) == ("bob", "run.cancelled", ["d1"])


def test_what_was_done_before_it_was_stopped_is_told_as_it_was(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1")
    claim = worker.claim_one()
    ledger.stopping.cancel(run, "bob")
    worker.conclude(claim)
    assert ledger.runs.get(run).verdict is Verdict.SUCCESS


def test_what_would_be_tried_again_is_cancelled_instead(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1")
    claim = worker.claim_one()
    ledger.stopping.cancel(run, "ann")
    worker.conclude(claim, LOST_CONTACT)
    assert ledger.jobs.one(run, "d1").outcome is Outcome.CANCELLED
    assert worker.claim() == []


def test_a_cancel_may_be_repeated_while_the_node_is_still_stopping(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1")
    worker.claim_one()
    first, second = (ledger.stopping.cancel(run, "ann")[0] for _ in range(2))
    assert (first.stopping, second.stopping) == (("d1",), ("d1",))


def test_a_change_that_has_begun_is_refused_and_the_rest_is_cancelled(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1", "d2", "d3"])
    run = accepted(ledger, "d1", "d2", "d3", changes=True)
    pushing, before = worker.claim(slots=2)
    ledger.claims.cross(pushing, "n1", on())
    done, _ = ledger.stopping.cancel(run, "ann")
    assert (done.cancelled, done.stopping, done.refused) == (1, ("d2",), {"d1": BEGUN})
    with pytest.raises(Cancelled, match="d2: it was cancelled before the change began"):
        ledger.claims.cross(before, "n1", on())
    worker.conclude(pushing, Conclusion(outcome=Outcome.CHANGED))
    assert ledger.jobs.one(run, "d1").outcome is Outcome.CHANGED


def test_where_nothing_can_be_cancelled_it_is_a_conflict_that_says_why(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", changes=True)
    worker.push()
    told = ledger.outbox.after(run, 0)
    with pytest.raises(Conflict, match=f"nothing of run {run} was cancelled: d1: {BEGUN}"):
        ledger.stopping.cancel(run, "ann")
    assert ledger.outbox.after(run, 0) == told
    assert ledger.stopping.asked("n1") == set()


def test_some_devices_of_a_run(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1", "d2", "d3", "d4"])
    run = accepted(ledger, "d1", "d2", "d3", "d4")
    first, second = worker.claim(slots=2)
    worker.conclude(first)
    done, nodes = ledger.stopping.cancel(run, "ann", ["d1", "d2", "d3"])
    assert (done.cancelled, done.stopping, nodes) == (1, ("d2",), {"n1": ["d2"]})
    assert done.refused == {"d1": "it has finished: ok"}
    assert [claim.device for claim in worker.claim()] == ["d4"]
    assert ledger.runs.get(run).verdict is None
    with pytest.raises(NotFound, match="no device 'd9' in this run"):
        ledger.stopping.cancel(run, "ann", ["d4", "d9"])
    assert ledger.stopping.asked("n1") == {(second.job, second.fence)}


def test_only_what_is_queued(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1", "d2"])
    run = accepted(ledger, "d1", "d2")
    claim = worker.claim(slots=1)[0]
    done, nodes = ledger.stopping.cancel(run, "ann", queued_only=True)
    assert (done.cancelled, done.stopping, done.refused, nodes) == (1, (), {}, {})
    worker.conclude(claim, LOST_CONTACT)
    assert ledger.jobs.one(run, "d1").state is JobState.QUEUED  # what has begun keeps its attempts
    with pytest.raises(Conflict, match="d2: it has finished: cancelled"):
        ledger.stopping.cancel(run, "ann", ["d2"], queued_only=True)


def test_a_device_in_doubt_is_for_a_person(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", "d2", changes=True)
    in_doubt(ledger, worker)
    done, _ = ledger.stopping.cancel(run, "ann")
    assert done.cancelled == 1
    assert done.refused["d1"].startswith(f"it is in doubt: look at the device, then: netpulse resolve {run} d1")
