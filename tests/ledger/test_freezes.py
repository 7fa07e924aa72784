"""Freezes: at the claim and at the point of no return, of everything or of a target, on any site revision."""

import threading
from typing import Any

import pytest

from netpulse_core.errors import Conflict, Frozen, InvalidParameters, NotFound
from netpulse_core.ledger.freezes import SHOWN
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.run import Claim, Conclusion
from netpulse_core.model.state import JobState
from netpulse_core.model.stopping import Freeze, NewFreeze
from tests.ledger.work import REVISION, Worker, accepted, on, pass_time

WORDS = "frozen by ann: core upgrade (netpulse thaw f1)"


def freeze(ledger: Ledger, *keys: str, **changed: Any) -> Freeze:
    """Freeze these devices, or all of them."""
    given = {"id": "f1", "target": "some" if keys else None, "reason": "core upgrade", "revision": REVISION, **changed}
    return ledger.freezes.begin(NewFreeze(keys=keys, **given), "ann")


def cross(ledger: Ledger, claim: Claim, node: str = "n1") -> None:
    ledger.claims.cross(claim, node, on())


def test_changes_of_frozen_devices_wait_and_say_why_and_others_go_on(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1", "d2"])
    change, read = accepted(ledger, "d1", "d2", changes=True), accepted(ledger, "d1")
    made = freeze(ledger, "d1")
    assert (made.devices, made.ended, made.pushing) == (1, False, ())
    assert ledger.freezes.of_run(change) == [(WORDS, 1)]
    assert ledger.freezes.of_run(read) == []
    assert sorted((claim.run, claim.device) for claim in worker.claim()) == sorted([(read, "d1"), (change, "d2")])
    assert ledger.jobs.one(change, "d1").waiting_for == WORDS
    ledger.freezes.thaw("f1", "bob")
    assert ledger.jobs.one(change, "d1").waiting_for != WORDS


def test_what_was_thawed_is_claimed(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", changes=True)
    freeze(ledger)
    assert worker.claim() == []
    assert ledger.freezes.thaw("f1", "bob").thawed_by == "bob"
    assert worker.claim_one().run == run
    assert [(one.actor, one.action) for one in ledger.audit.page(limit=2)] == [
        ("bob", "freeze.thawed"),
        ("ann", "freeze.begun"),
    ]
    with pytest.raises(Conflict, match="freeze f1 has ended already"):
        ledger.freezes.thaw("f1", "bob")
    with pytest.raises(NotFound, match="no freeze 'f9'"):
        ledger.freezes.thaw("f9", "bob")


def test_reads_wait_where_it_says_so(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    accepted(ledger, "d1")
    freeze(ledger, reads_too=True)
    assert worker.claim() == []


def test_it_ends_by_itself_by_the_ledgers_clock(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    accepted(ledger, "d1", changes=True)
    freeze(ledger, seconds=10.0)
    assert worker.claim() == []
    pass_time(ledger, 10.1)
    assert len(worker.claim()) == 1
    assert ledger.freezes.all() == []
    assert [one.ended for one in ledger.freezes.all(ended=True)] == [True]
    with pytest.raises(InvalidParameters, match="has passed"):
        freeze(ledger, id="f2", until=ledger.database.now() - 1)
    with pytest.raises(InvalidParameters, match="no calendar has the time"):
        freeze(ledger, id="f2", seconds=1e16)
    assert len(ledger.freezes.all(ended=True)) == 1


def test_a_change_that_was_claimed_before_it_waits_at_its_point_of_no_return(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", changes=True, attempts=1)
    claim = worker.claim_one()
    freeze(ledger, "d1")
    with pytest.raises(Frozen, match=r"d1: frozen by ann: core upgrade") as frozen:
        cross(ledger, claim)
    assert frozen.value.waits_on == "freeze f1"
    worker.conclude(claim, Conclusion(outcome=Outcome.BLOCKED, retry_in=0.0, waits_on=frozen.value.waits_on))
    job = ledger.jobs.one(run, "d1")
    assert (job.state, job.attempt, job.waiting_for) == (JobState.QUEUED, 0, WORDS)
    assert worker.claim() == []
    ledger.freezes.thaw("f1", "bob")
    again = worker.claim_one()
    cross(ledger, again)
    assert ledger.jobs.one(run, "d1").state is JobState.PUSHING


def test_a_change_that_had_begun_goes_on_and_is_named(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1", "d2"])
    run = accepted(ledger, "d1", changes=True)
    claim = worker.push()
    assert freeze(ledger).pushing == ("d1",)
    worker.conclude(claim, Conclusion(outcome=Outcome.CHANGED))
    assert ledger.runs.get(run).verdict is Verdict.SUCCESS


def test_a_deadline_that_passes_meanwhile_blocks_and_names_the_freeze(ledger: Ledger) -> None:
    run = accepted(ledger, "d1", "d2", changes=True, deadline=60.0)
    freeze(ledger, "d1")
    pass_time(ledger, 61.0)
    ledger.reaping.expire()
    one, other = ledger.jobs.of_run(run)
    assert (one.outcome, other.outcome) == (Outcome.BLOCKED, Outcome.EXPIRED)
    assert one.problem is not None
    assert one.problem.message == f"the deadline passed before this job could start: {WORDS}"


def test_on_another_revision_every_device_waits_until_it_was_said_whom_it_means_there(ledger: Ledger) -> None:
    worker = Worker(ledger, "new", owns=["d1", "d2"], revision="r2")
    accepted(ledger, "d1", "d2", changes=True, revision="r2")
    freeze(ledger, "d9")
    assert worker.claim() == []
    assert ledger.freezes.unread("r2") == [("f1", "some")]
    assert ledger.freezes.unread(REVISION) == []
    ledger.freezes.read("f1", "r2", ["d1"])
    assert ledger.freezes.unread("r2") == []
    assert [claim.device for claim in worker.claim()] == ["d2"]


def test_a_claim_made_before_a_freeze_of_another_revision_does_not_cross_either(ledger: Ledger) -> None:
    worker = Worker(ledger, "n1", owns=["d1"], revision="r2")
    accepted(ledger, "d1", changes=True, revision="r2")
    claim = worker.claim_one()
    freeze(ledger, "d9")
    with pytest.raises(Frozen):
        cross(ledger, claim)
    ledger.freezes.read("f1", "r2", [])
    cross(ledger, claim)


def test_no_change_is_begun_behind_a_freeze_that_has_been_answered(ledger: Ledger) -> None:
    names = [f"d{number}" for number in range(12)]
    worker = Worker(ledger, owns=names)
    run = accepted(ledger, *names, changes=True)
    claims = worker.claim(slots=12)
    start, answered, crossed = threading.Barrier(13), list[Freeze](), set[str]()

    def push(claim: Claim) -> None:
        start.wait()
        try:
            cross(ledger, claim)
            crossed.add(claim.device)
        except Frozen:
            assert ledger.freezes.all() != []

    def stop() -> None:
        start.wait()
        answered.append(freeze(ledger))

    threads = [threading.Thread(target=push, args=(claim,)) for claim in claims]
    threads.append(threading.Thread(target=stop))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answered[0].pushing) == crossed
    pushing = {job.device for job in ledger.jobs.of_run(run) if job.state is JobState.PUSHING}
    assert pushing == crossed


def test_a_freeze_in_force_is_shown_however_many_have_ended_since(ledger: Ledger) -> None:
    freeze(ledger)
    for number in range(SHOWN + 1):
        pass_time(ledger, 1.0)
        freeze(ledger, id=f"over{number}")
        ledger.freezes.thaw(f"over{number}", "bob")
    shown = ledger.freezes.all(ended=True)
    assert (shown[0].id, shown[-1].id, len(shown)) == (f"over{SHOWN}", "f1", SHOWN + 1)
    assert [one.ended for one in shown].count(False) == 1
