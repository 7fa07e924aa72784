"""What a claim and a sweep cost does not grow with the queue, whatever the database last counted."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from sqlalchemy import event, text

from netpulse_core.ledger.ledger import Ledger
from tests.ledger.work import OK, Worker, accepted, pass_time

MANY = 12_000
SLOTS = 8


@pytest.fixture
def ledger(postgres_ledger_url: str) -> Iterator[Ledger]:
    with closing(Ledger(postgres_ledger_url, pepper=b"pepper")) as opened:
        yield opened


def counted(ledger: Ledger) -> None:
    with ledger.database.alone() as connection:
        connection.execute(text("ANALYZE"))


@contextmanager
def rows_read(ledger: Ledger) -> Iterator[list[int]]:
    """Gather how many rows each SELECT reads from tables and indexes, those it throws away among them."""
    read: list[int] = []

    def explained(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "WITH")):
            with connection.connection.cursor() as beside:
                beside.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", parameters)
                (plan,) = beside.fetchone()
            read.append(sum(scanned(plan[0]["Plan"])))

    event.listen(ledger.database.engine, "before_cursor_execute", explained)
    yield read
    event.remove(ledger.database.engine, "before_cursor_execute", explained)


def scanned(plan: dict[str, Any]) -> Iterator[int]:
    if "Scan" in plan["Node Type"]:
        yield (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    for inner in plan.get("Plans", ()):
        yield from scanned(inner)


@pytest.mark.thorough
@pytest.mark.parametrize("when", ["never", "empty", "full"])
def test_a_claim_reads_only_the_head_of_a_long_queue(ledger: Ledger, when: str) -> None:
    devices = [f"d{number}" for number in range(MANY)]
    worker = Worker(ledger, owns=devices)
    if when == "empty":
        accepted(ledger, *devices[:500])
        worker.turn([(claim, OK) for claim in worker.claim(500)], 0)
        counted(ledger)
    accepted(ledger, *devices)
    if when == "full":
        counted(ledger)
    held = worker.claim(100)  # the devices at work are not looked through for each job that waits
    with rows_read(ledger) as read:
        claims = worker.turn([(held[0], OK)], SLOTS)
    assert len(claims) == SLOTS
    assert read
    assert max(read) < MANY / 2, json.dumps(read)


@pytest.mark.thorough
@pytest.mark.parametrize("when", ["never", "empty", "full"])
def test_to_find_what_is_overdue_reads_no_long_queue(ledger: Ledger, when: str) -> None:
    devices = [f"d{number}" for number in range(100)]
    worker = Worker(ledger, owns=devices)
    if when == "empty":
        accepted(ledger, *devices)
        worker.turn([(claim, OK) for claim in worker.claim(100)], 0)
        counted(ledger)
    for _ in range(MANY // 100):
        accepted(ledger, *devices)
    late = accepted(ledger, "d1", deadline=5)
    if when == "full":
        counted(ledger)
    pass_time(ledger, 5.1)
    with rows_read(ledger) as read:
        assert ledger.reaping.expire() == {late}
        assert ledger.reaping.expire() == set()
    assert max(read) < MANY / 10, json.dumps(read)
