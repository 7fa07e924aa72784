"""Thousands of queued jobs: what is urgent comes first, and what waits long comes at last."""

import pytest

from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.run import HEAD_START
from netpulse_core.model.runbook import Queue
from tests.ledger.work import OK, Worker, accepted, pass_time

FLEET = [f"d{number:04}" for number in range(5000)]


def test_an_urgent_run_overtakes_a_backup_of_a_whole_fleet(ledger: Ledger) -> None:
    worker = Worker(ledger, "n1", owns=FLEET)
    backup = accepted(ledger, *FLEET, priority=2)
    busy = worker.claim(32)
    urgent = accepted(ledger, *FLEET[100:140], priority=8)
    claims = worker.turn([(claim, OK) for claim in busy], 32)
    claims += worker.turn([(claim, OK) for claim in claims], 8)
    assert {claim.run for claim in claims} == {urgent}
    assert worker.claim(1)[0].run == backup


@pytest.mark.thorough
def test_nobody_starves_however_much_urgent_work_comes(ledger: Ledger) -> None:
    worker = Worker(ledger, "n1", owns=FLEET)
    patient = accepted(ledger, "d0000", priority=0, deadline=30 * 86400.0)
    turns = 0
    while True:
        accepted(ledger, *FLEET[1:201], priority=9, deadline=30 * 86400.0)  # as much as can be done
        pass_time(ledger, HEAD_START)
        ledger.nodes.join(f"m{turns}", name="m", revision="r1", slots=32, fifo_only=False, after=[worker.name])
        worker.name = f"m{turns}"
        claims = worker.claim(200)
        worker.turn([(claim, OK) for claim in claims], 0)
        turns += 1
        if patient in {claim.run for claim in claims}:
            break
        assert turns < 12
    assert turns == 10  # a step of priority is worth so much waiting, and there are nine


def test_what_keeps_no_session_does_not_starve_beside_what_does(ledger: Ledger) -> None:
    worker = Worker(ledger, "n1", owns=FLEET)
    accepted(ledger, *FLEET[:1000])
    pass_time(ledger, 1.0)
    ledger.nodes.join("n2", name="n", revision="r1", slots=32, fifo_only=False, after=["n1"])
    worker.name = "n2"
    fifo = accepted(ledger, *(f"f{number}" for number in range(20)), queue=Queue.FIFO)
    later = accepted(ledger, *FLEET[1000:2000])
    order: list[str] = []
    while len(order) < 1020:
        claims = worker.claim(200)
        order += [claim.run for claim in claims]
        worker.turn([(claim, OK) for claim in claims], 0)
    assert order[1000:1020] == [fifo] * 20
    assert later not in order[:1020]
