"""The events of a run: numbered without a gap, in the order they were committed."""

import threading
import time

from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.event import Event
from netpulse_core.model.runbook import Queue
from tests.ledger.work import OK, REVISION, accepted

JOBS = 48
WRITERS = 4


def test_a_reader_that_polls_while_writers_commit_misses_nothing(ledger: Ledger) -> None:
    run = accepted(ledger, *(f"d{number}" for number in range(JOBS)), queue=Queue.FIFO)

    def write(name: str) -> None:
        ledger.nodes.join(name, name=name, revision=REVISION, slots=2, fifo_only=True)
        while ledger.runs.get(run).unfinished:
            claims, _ = ledger.claims.turn(name, [], 2, fifo_only=True)
            for claim in claims:
                ledger.claims.turn(name, [(claim, OK)], 0)

    threads = [threading.Thread(target=write, args=(f"n{number}",)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    seen: list[Event] = []
    limit = time.monotonic() + 30
    while len(seen) < 2 * JOBS + 2 and time.monotonic() < limit:
        seen += ledger.outbox.after(run, seen[-1].number if seen else 0)
    for thread in threads:
        thread.join()
    assert [event.number for event in seen] == list(range(1, 2 * JOBS + 3))
    assert seen == ledger.outbox.after(run, 0)


def test_events_come_a_page_at_a_time(ledger: Ledger) -> None:
    run = accepted(ledger, "d1", "d2", "d3")
    ledger.stopping.cancel(run, "ann")
    assert [event.number for event in ledger.outbox.after(run, 0, limit=2)] == [1, 2]
    assert [event.number for event in ledger.outbox.after(run, 2, limit=2)] == [3, 4]
    assert ledger.outbox.after(run, 6) == []


def test_the_events_of_another_run_are_its_own(ledger: Ledger) -> None:
    first, second = accepted(ledger, "d1"), accepted(ledger, "d2")
    assert [event.run for event in ledger.outbox.after(first, 0)] == [first]
    assert [event.number for event in ledger.outbox.after(second, 0)] == [1]
