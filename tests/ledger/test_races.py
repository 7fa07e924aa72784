"""Two that meet at one row of PostgreSQL, made to meet: what the second sees must be what the first did."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from sqlalchemy import event, select, update

from netpulse_core.errors import Conflict
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.tables import devices, jobs, runs
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.stopping import Freeze, NewFreeze
from tests.ledger.work import LOST_CONTACT, OK, REVISION, Worker, accepted, in_doubt, on

MEETING = 0.3
"""Seconds after which a thread has reached the row it is to wait for."""


@pytest.fixture
def ledger(postgres_ledger_url: str) -> Iterator[Ledger]:
    """A ledger on PostgreSQL: SQLite has one writer, so nobody meets there."""
    with closing(Ledger(postgres_ledger_url)) as opened:
        yield opened


@pytest.fixture
def errors(ledger: Ledger) -> list[str]:
    """What the database complained of, deadlocks that were tried again included."""
    heard: list[str] = []
    event.listen(ledger.database.engine, "handle_error", lambda context: heard.append(str(context.original_exception)))
    return heard


def started(what: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=what)
    thread.start()
    time.sleep(MEETING)
    return thread


def test_a_doubt_resolved_while_the_last_job_ends_leaves_no_doubt(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", "d2", changes=True)
    in_doubt(ledger, worker)
    heir = Worker(ledger, "n2", owns=["d2"])
    claim = heir.claim_one()
    with ledger.database.write() as connection:
        connection.execute(select(runs.c.id).with_for_update())
        threads = [
            started(lambda: heir.conclude(claim)),
            started(lambda: ledger.reaping.resolve(run, "d1", Outcome.CHANGED, "bob", "I looked")),
        ]
    for thread in threads:
        thread.join()
    assert ledger.runs.get(run).verdict is Verdict.SUCCESS


def test_two_doubts_resolved_at_once_leave_no_doubt(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1", "d2"])
    run = accepted(ledger, "d1", "d2", changes=True)
    for claim in worker.claim():
        ledger.claims.cross(claim, worker.name, on())
    worker.ledger.nodes.bury()
    with ledger.database.write() as connection:
        connection.execute(update(jobs).values(state="in_doubt", outcome="in_doubt"))
        connection.execute(update(runs).values(unfinished=0, verdict="in_doubt"))
    with ledger.database.write() as connection:
        connection.execute(select(runs.c.id).with_for_update())
        threads = [
            started(lambda: ledger.reaping.resolve(run, "d1", Outcome.CHANGED, "bob", "I looked")),
            started(lambda: ledger.reaping.resolve(run, "d2", Outcome.CHANGED, "eve", "I looked")),
        ]
    for thread in threads:
        thread.join()
    assert ledger.runs.get(run).verdict is Verdict.SUCCESS


def test_a_job_put_back_while_its_run_is_cancelled_does_not_run_again(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1")
    claim = worker.claim_one()
    with ledger.database.write() as connection:
        connection.execute(select(runs.c.id).with_for_update())  # the retry has moved its job and waits to tell of it
        threads = [
            started(lambda: worker.conclude(claim, LOST_CONTACT)),
            started(lambda: ledger.stopping.cancel(run, "ann")),
        ]
    for thread in threads:
        thread.join()
    assert ledger.runs.get(run).verdict is Verdict.CANCELLED
    assert worker.claim() == []


def test_no_change_begins_once_its_run_is_being_cancelled(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", changes=True)
    claim = worker.claim_one()
    heard: list[str] = []

    def cross() -> None:
        try:
            ledger.claims.cross(claim, worker.name, on())
        except Conflict as refused:
            heard.append(str(refused))

    with ledger.database.write() as connection:
        connection.execute(select(runs.c.id).with_for_update())
        threads = [started(lambda: ledger.stopping.cancel(run, "ann")), started(cross)]
    for thread in threads:
        thread.join()
    assert heard == ["d1: it was cancelled before the change began"]


def test_two_nodes_that_end_one_run_and_begin_the_other_do_not_block_each_other(
    ledger: Ledger, errors: list[str]
) -> None:
    first, second = Worker(ledger, "n1", owns=["a1", "b1"]), Worker(ledger, "n2", owns=["a2", "b2"])
    run_a = accepted(ledger, "a1", "a2", id="a", priority=9)
    claims_a = {claim.device: claim for claim in [*first.claim(1)]}
    run_b = accepted(ledger, "b1", "b2", id="b", priority=9)
    claim_b = next(claim for claim in second.claim(2) if claim.run == run_b)
    with ledger.database.write() as connection:
        connection.execute(select(runs.c.id).order_by(runs.c.id.desc()).with_for_update())
        threads = [
            started(lambda: first.turn([(claims_a["a1"], OK)], 1)),  # ends in a, begins in b
            started(lambda: second.turn([(claim_b, OK)], 1)),  # ends in b
        ]
    for thread in threads:
        thread.join()
    assert errors == []
    assert ledger.runs.get(run_a).unfinished == 1
    assert ledger.runs.get(run_b).unfinished == 1


def test_a_claim_does_not_wait_for_a_device_somebody_is_claiming(ledger: Ledger, errors: list[str]) -> None:
    worker = Worker(ledger, owns=["d1", "d2"])
    accepted(ledger, "d1", "d2")
    with ledger.database.write() as connection:
        connection.execute(select(devices.c.key).where(devices.c.key == "d1").with_for_update())
        began = time.monotonic()
        assert [claim.device for claim in worker.claim()] == ["d2"]
        assert time.monotonic() - began < 10
    assert errors == []


def test_a_job_looked_at_before_the_device_was_locked_is_looked_at_again(ledger: Ledger) -> None:
    worker, other = Worker(ledger, "n1"), Worker(ledger, "n2", owns=["d1"])
    ledger.nodes.place({"d1": "n2"})
    first, second = accepted(ledger, "d1"), accepted(ledger, "d1", priority=9)
    claim = other.claim_one()
    assert (claim.run, worker.claim()) == (second, [])
    with ledger.database.write() as connection:
        connection.execute(select(jobs.c.id).where(jobs.c.run_id == first).with_for_update())
        assert other.turn([(claim, OK)], 5) == []  # who holds the job may be cancelling it: that is not waited for
    assert other.claim_one().run == first


def test_a_freeze_waits_for_a_change_that_is_just_beginning_and_names_it(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    accepted(ledger, "d1", changes=True)
    claim = worker.claim_one()
    new = NewFreeze(id="f1", target=None, reason="stop", revision=REVISION, keys=())
    made: list[Freeze] = []
    with ledger.database.write() as connection:
        connection.execute(
            select(runs.c.id).with_for_update()
        )  # the crossing has moved its job and waits to tell of it
        threads = [
            started(lambda: ledger.claims.cross(claim, worker.name, on())),
            started(lambda: made.append(ledger.freezes.begin(new, "ann"))),
        ]
    for thread in threads:
        thread.join()
    assert made[0].pushing == ("d1",)
