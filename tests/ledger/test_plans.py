"""What every node asks at each sweep reads what is at work or waits, and never the jobs that have ended."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.stopping import NewFreeze
from tests.ledger.work import REVISION, Worker, accepted, pass_time

WHOLE = re.compile(r"SCAN jobs(?! USING)|CORRELATED SCALAR SUBQUERY \d+\nSCAN jobs|Seq Scan on jobs")
"""How a plan says that it walks the table, or an index of it for each row of another."""

Ask = Callable[[Ledger], object]


@contextmanager
def plans(ledger: Ledger) -> Iterator[list[str]]:
    """Gather the plan of each SELECT that reads jobs; so few rows are read whole, so only what has no other way is."""
    sqlite, found = ledger.database.sqlite, list[str]()

    def planned(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if not statement.startswith(("SELECT", "WITH")) or "FROM jobs" not in statement:
            return
        beside = connection.connection.cursor()
        if not sqlite:
            beside.execute("SET LOCAL enable_seqscan = off")
        beside.execute(("EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN ") + statement, parameters)
        found.append("\n".join(str(row[-1]) for row in beside.fetchall()))

    event.listen(ledger.database.engine, "before_cursor_execute", planned)
    yield found
    event.remove(ledger.database.engine, "before_cursor_execute", planned)


def freeze(ledger: Ledger) -> object:
    new = NewFreeze(id="f1", target=None, reason="a fire", revision=REVISION, keys=())
    return ledger.freezes.begin(new, "ann")


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda ledger: ledger.reaping.expire(), id="expire"),
        pytest.param(lambda ledger: ledger.reaping.reap(), id="reap"),
        pytest.param(lambda ledger: ledger.reaping.put_back("n1", ()), id="put back"),
        pytest.param(lambda ledger: ledger.stopping.asked("n1"), id="cancelled"),
        pytest.param(lambda ledger: ledger.reconciling.claim("n1", 8), id="in doubt"),
        pytest.param(lambda ledger: ledger.placements.orphans(REVISION), id="orphans"),
        pytest.param(lambda ledger: ledger.placements.idle("n1"), id="idle"),
        pytest.param(lambda ledger: ledger.placements.left_behind(REVISION, by_the_dead=True), id="left behind"),
        pytest.param(freeze, id="freeze"),
    ],
)
def test_what_a_sweep_asks_walks_no_history(ledger: Ledger, ask: Ask) -> None:
    worker = Worker(ledger, owns=["d1", "d2", "d3"])
    accepted(ledger, "d1", changes=True)
    worker.push()
    accepted(ledger, "d2")
    worker.claim_one()
    accepted(ledger, "d3", deadline=5)
    pass_time(ledger, 100)
    with plans(ledger) as found:
        ask(ledger)
    assert found
    assert not [plan for plan in found if WHOLE.search(plan)], found


def test_who_may_own_devices_is_not_asked_anew_for_each_job_that_waits(ledger: Ledger) -> None:
    Worker(ledger, owns=["d1"])
    accepted(ledger, "d1", "orphan")
    with plans(ledger) as found:
        assert ledger.placements.orphans(REVISION) == ["orphan"]
    assert found
    assert not [plan for plan in found if "nodes" in plan], found
