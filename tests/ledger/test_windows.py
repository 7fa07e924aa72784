"""Maintenance windows: at the claim and at the point of no return, by the ledger's clock alone."""

import threading
from collections.abc import Sequence

import pytest
from sqlalchemy import select, update

from netpulse_core.errors import WindowClosed
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.tables import jobs
from netpulse_core.ledger.windows import Book
from netpulse_core.ledger.windowtables import window_stretches
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Claim, Conclusion
from netpulse_core.model.state import JobState
from netpulse_core.model.window import Stretch
from tests.ledger.work import OK, Worker, accepted, on, pass_time

HOUR = 3600.0
FAR = 40 * 24 * HOUR
CLOSED = "outside its maintenance window nightly; the next opens tonight"
CLOSING = "its maintenance window closes soon; the next opens tomorrow"


def line(ledger: Ledger, *lengths: float, opened: bool) -> list[Stretch]:
    """Return stretches of these lengths from now on, the first one begun a minute ago."""
    at, found = ledger.database.now() - 60.0, list[Stretch]()
    for number, length in enumerate(lengths):
        is_open = opened == (number % 2 == 0)
        end = at + length + (60.0 if number == 0 else 0.0)
        found.append(Stretch(begins=at, ends=end, open=is_open, words=CLOSING if is_open else CLOSED))
        at = end
    return found


def read(
    ledger: Ledger, worker: str, stretches: Sequence[Stretch], *keys: str, book: str = "b1", reads: bool = False
) -> None:
    """Have a worker read a book in which these devices follow one calendar."""
    devices = {(key, kind): 0 for key in keys for kind in ((False, True) if reads else (False,))}
    ledger.windows.write(Book(id=book, calendars=[stretches], devices=devices))
    ledger.windows.read_by(worker, book)


def come(ledger: Ledger, seconds: float) -> None:
    """Let the windows come by so many seconds sooner, while everything else stays as it is."""
    with ledger.database.write() as connection:
        at = window_stretches.c
        moved = {"begins_at": at.begins_at - seconds, "ends_at": at.ends_at - seconds}
        connection.execute(update(window_stretches).values(moved))


def cross(ledger: Ledger, claim: Claim, node: str = "n1") -> None:
    ledger.claims.cross(claim, node, on())


def test_a_change_waits_for_its_window_and_says_why_and_what_nothing_binds_goes_on(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1", "d2"])
    run, looks = accepted(ledger, "d1", "d2", changes=True), accepted(ledger, "d1")
    read(ledger, "n1", line(ledger, HOUR, HOUR, FAR, opened=False), "d1")
    assert ledger.windows.of_run(run) == [(CLOSED, 1)]
    assert ledger.windows.of_run(looks) == []
    claims = worker.claim()
    assert sorted((claim.run, claim.device) for claim in claims) == sorted([(looks, "d1"), (run, "d2")])
    worker.turn([(claim, OK) for claim in claims], 0)
    assert ledger.jobs.one(run, "d1").waiting_for == CLOSED
    come(ledger, HOUR + 1)
    assert worker.claim_one().device == "d1"


def test_reads_wait_where_the_window_says_so(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1")
    read(ledger, "n1", line(ledger, HOUR, FAR, opened=False), "d1", reads=True)
    assert worker.claim() == []
    assert ledger.jobs.one(run, "d1").waiting_for == CLOSED


def test_a_window_that_closes_between_the_claim_and_the_point_of_no_return_stops_the_change(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", changes=True, attempts=1)
    read(ledger, "n1", line(ledger, 5.0, HOUR, FAR, opened=True), "d1")
    claim = worker.claim_one()
    pass_time(ledger, 5.1)
    with pytest.raises(WindowClosed, match="d1: outside its maintenance window") as closed:
        cross(ledger, claim)
    assert ledger.jobs.one(run, "d1").state is JobState.RUNNING
    worker.conclude(claim, Conclusion(outcome=Outcome.BLOCKED, retry_in=0.0, waits_on=closed.value.waits_on))
    job = ledger.jobs.one(run, "d1")
    assert (job.state, job.attempt, job.waiting_for) == (JobState.QUEUED, 0, CLOSED)
    assert worker.claim() == []


def test_a_change_that_does_not_fit_what_is_left_waits_for_the_next(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1", "d2"])
    run = accepted(ledger, "d1", "d2", changes=True, expected={"d1": 700.0, "d2": 500.0})
    read(ledger, "n1", line(ledger, 600.0, HOUR, FAR, opened=True), "d1", "d2")
    assert [claim.device for claim in worker.claim()] == ["d2"]
    assert ledger.jobs.one(run, "d1").waiting_for == f"the change may take 700 s, and {CLOSING}"
    assert ledger.windows.of_run(run) == [(f"the change may take 700 s, and {CLOSING}", 1)]


def test_a_book_that_comes_in_force_after_the_claim_must_leave_time_for_all_of_it(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    accepted(ledger, "d1", changes=True, expected={"d1": 700.0})
    claim = worker.claim_one()
    read(ledger, "n1", line(ledger, 600.0, HOUR, FAR, opened=True), "d1")
    with pytest.raises(WindowClosed, match="may take 700 s"):
        cross(ledger, claim)


def test_what_is_beyond_the_book_is_closed(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", changes=True)
    read(ledger, "n1", line(ledger, 10.0, opened=True), "d1")
    pass_time(ledger, 10.1)
    assert worker.claim() == []
    assert "not known for this time" in ledger.jobs.one(run, "d1").waiting_for


def test_a_book_that_is_gone_stops_everything_until_it_is_written_again(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    accepted(ledger, "d1", changes=True)
    ledger.windows.read_by("n1", "gone")
    assert worker.claim() == []
    read(ledger, "n1", line(ledger, FAR, opened=True), "d1", book="gone")
    assert worker.claim_one().device == "d1"


def test_while_sites_differ_every_living_worker_must_let_the_change_begin(ledger: Ledger) -> None:
    worker, other = Worker(ledger, "n1", owns=["d1"]), Worker(ledger, "n2", revision="r2")
    run = accepted(ledger, "d1", changes=True)
    read(ledger, "n1", line(ledger, FAR, opened=True), "d1", book="old")
    read(ledger, "n2", line(ledger, HOUR, FAR, opened=False), "d1", book="new")
    assert worker.claim() == []
    assert ledger.jobs.one(run, "d1").waiting_for == CLOSED
    ledger.nodes.leave(other.name)
    claim = worker.claim_one()
    Worker(ledger, "n3", revision="r2")
    ledger.windows.read_by("n3", "new")
    with pytest.raises(WindowClosed):
        cross(ledger, claim)


def test_a_deadline_that_passes_meanwhile_blocks_and_says_why(ledger: Ledger) -> None:
    Worker(ledger)
    run = accepted(ledger, "d1", "d2", changes=True, deadline=5.0)
    read(ledger, "n1", line(ledger, HOUR, FAR, opened=False), "d1")
    pass_time(ledger, 6.0)
    ledger.reaping.expire()
    one, other = ledger.jobs.of_run(run)
    assert (one.outcome, other.outcome) == (Outcome.BLOCKED, Outcome.EXPIRED)
    assert one.problem is not None
    assert one.problem.kind == "WindowClosed"
    assert one.problem.message == f"the deadline passed before this job could start: {CLOSED}"


def test_an_override_passes_and_is_in_the_audit(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1", changes=True, override_window="the core is down")
    read(ledger, "n1", line(ledger, HOUR, FAR, opened=False), "d1")
    assert ledger.windows.of_run(run) == []
    cross(ledger, worker.claim_one())
    assert ledger.runs.get(run).override_window == "the core is down"
    (record,) = [one for one in ledger.audit.page(limit=5) if one.action == "window.overridden"]
    assert (record.actor, record.object, record.body["reason"]) == ("ann", run, "the core is down")


def test_no_change_begins_once_the_window_has_closed_however_late_a_node_asks(ledger: Ledger) -> None:
    names = [f"d{number}" for number in range(40)]
    worker = Worker(ledger, owns=names)
    run = accepted(ledger, *names, changes=True)
    claims = worker.claim(slots=40)
    closes = ledger.database.now() + 0.1
    lines = [
        Stretch(begins=0.0, ends=closes, open=True),
        Stretch(begins=closes, ends=closes + FAR, open=False, words=CLOSED),
    ]
    read(ledger, "n1", lines, *names)
    refused: list[str] = []

    def push(some: Sequence[Claim]) -> None:
        for claim in some:
            try:
                cross(ledger, claim)
            except WindowClosed:
                refused.append(claim.device)

    threads = [threading.Thread(target=push, args=(claims[number::4],)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    while ledger.database.now() < closes:
        pass
    accepted(ledger, "late", changes=True)
    late = Worker(ledger, "n2", owns=["late"]).claim_one()
    read(ledger, "n2", lines, "late", book="b2")
    with pytest.raises(WindowClosed):
        cross(ledger, late, "n2")
    with ledger.database.read() as connection:
        begun = list(connection.scalars(select(jobs.c.pushing_at).where(jobs.c.run_id == run, jobs.c.pushing_at > 0)))
    assert len(begun) + len(refused) == 40
    assert all(at < closes for at in begun)


def test_books_nobody_reads_any_more_are_forgotten(ledger: Ledger) -> None:
    Worker(ledger)
    stretches = line(ledger, FAR, opened=True)
    read(ledger, "n1", stretches, "d1", book="b1")
    read(ledger, "n1", stretches, "d1", book="b2")
    assert ledger.windows.in_force() == {"b2"}
    assert ledger.windows.has("b1")
    pass_time(ledger, 25 * HOUR)
    read(ledger, "n1", stretches, "d1", book="b3")
    assert [ledger.windows.has(book) for book in ("b1", "b2", "b3")] == [False, False, True]


def test_how_long_changes_took_is_recorded(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1", "d2"])
    accepted(ledger, "d1", changes=True)
    claim = worker.push()
    worker.conclude(claim, Conclusion(outcome=Outcome.CHANGED, elapsed=12.5))
    accepted(ledger, "d2", changes=True)
    worker.conclude(worker.claim_one(), Conclusion(outcome=Outcome.UNREACHABLE, elapsed=99.0))
    assert ledger.windows.durations("show") == [("d1", 12.5)]
    assert ledger.windows.durations("other") == []
