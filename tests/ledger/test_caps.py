"""Caps on what may wait: counted in the transaction that accepts, and so kept by several processes together."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from netpulse_core.errors import QueueFull
from netpulse_core.ledger.caps import Caps
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.run import RunRequest
from netpulse_core.model.schedule import Due, FireState, Schedule
from tests.ledger.work import Worker, accepted, run_of

NIGHTLY = Schedule(name="nightly", request=RunRequest(runbook="show", target="*"), every=60.0)


@pytest.fixture
def capped(ledger_url: str) -> Iterator[Ledger]:
    with closing(Ledger(ledger_url, caps=Caps(jobs=10, of_caller=6, of_device=2))) as opened:
        yield opened


def test_the_queue_of_all_is_full_until_jobs_have_finished(capped: Ledger) -> None:
    worker = Worker(capped, owns=[f"d{number}" for number in range(20)])
    for caller in ("ann", "bob"):
        accepted(capped, *(f"d{number}" for number in range(5)), caller=caller)
    with pytest.raises(QueueFull) as full:
        accepted(capped, "d9", caller="eve")
    assert str(full.value) == ("10 jobs have not finished, this run asks for 1 more, and 10 are allowed (max_jobs)")
    assert full.value.retry_after > 0
    assert "netpulse runs --active" in full.value.hint
    assert len(capped.runs.page()) == 2
    claim = worker.claim(1)[0]
    with pytest.raises(QueueFull):  # what runs is not finished
        accepted(capped, "d9", caller="eve")
    worker.conclude(claim)
    accepted(capped, "d9", caller="eve")


def test_a_caller_and_a_device_have_caps_of_their_own(capped: Ledger) -> None:
    accepted(capped, "d1", "d2", "d3", "d4", "d5")
    with pytest.raises(QueueFull, match="ann has 5 jobs that have not finished, this run asks for 2 more, and 6 are"):
        accepted(capped, "d6", "d7")
    accepted(capped, "d1", caller="bob")
    with pytest.raises(QueueFull, match=r"d1: 2 jobs wait for it, this run asks for 1 more, and 2 are allowed"):
        accepted(capped, "d9", "d1", caller="eve")
    accepted(capped, "d9", caller="eve")


def test_a_request_that_was_accepted_before_is_told_so_although_the_queue_is_full(capped: Ledger) -> None:
    first = capped.runs.accept(run_of("d1", "d2", "d3", "d4", "d5", "d6", idempotency_key="k"))
    assert first.new
    again = capped.runs.accept(run_of("d1", idempotency_key="k"))
    assert (again.new, again.run) == (False, first.run)


def test_a_schedule_that_finds_the_queue_full_says_so_of_its_fire(capped: Ledger) -> None:
    (known,) = capped.schedules.know([NIGHTLY])
    new = run_of(*(f"d{number}" for number in range(7)), caller="schedule:nightly")
    due = Due(schedule=NIGHTLY, digest=known.digest, due_at=1.0)
    fire = capped.fires.fire(due, lambda within: capped.runs.accept_within(within, new))
    assert fire is not None
    assert fire.state is FireState.REFUSED
    (status,) = capped.schedules.all()
    assert status.problem.startswith("schedule:nightly has 0 jobs that have not finished, this run asks for 7 more")
    assert capped.runs.page() == []


def test_processes_that_accept_at_once_do_not_pass_a_cap_together(ledger_url: str) -> None:
    start, full = threading.Barrier(12), list[QueueFull]()

    def ask(ledger: Ledger, number: int) -> None:
        start.wait()
        for _ in range(4):
            try:
                accepted(ledger, *(f"d{number}-{one}" for one in range(10)))
            except QueueFull as error:
                full.append(error)

    with ExitStack() as stack:
        processes = [stack.enter_context(closing(Ledger(ledger_url, caps=Caps(jobs=205)))) for _ in range(3)]
        threads = [threading.Thread(target=ask, args=(processes[number % 3], number)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(run.devices for run in processes[0].runs.page(limit=100)) == 200
    assert len(full) == 28
