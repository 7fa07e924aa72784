"""One process at a time removes what is old: it keeps its lease while it is at it, and no longer."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import event, update

from netpulse_core.ledger import leftovers
from netpulse_core.ledger.choretables import chores
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.retention import LEASE
from netpulse_core.model.retention import DAY
from tests.ledger.test_retention import finished, policy
from tests.ledger.work import pass_time


def test_one_at_a_time_and_who_was_overtaken_changes_nothing(ledger: Ledger) -> None:
    finished(ledger, "a")
    pass_time(ledger, 10 * DAY)
    assert ledger.retention.begin("one", due=True)
    assert not ledger.retention.begin("two", due=True)
    slow = ledger.retention.round("one", policy(runs=5), by="one")
    assert next(slow)["outputs"] == 1
    pass_time(ledger, LEASE + 1)
    assert ledger.retention.begin("two", due=True)
    assert list(slow) == []
    assert ledger.runs.page()
    assert sum(ledger.retention.round("two", policy(runs=5), by="two"), Counter())["runs"] == 1
    assert not ledger.retention.begin("three", due=True)
    assert ledger.retention.begin("three")
    done = ledger.retention.last()
    assert done is not None
    assert (done.by, done.removed["runs"]) == ("three", 1)


def test_a_round_that_only_looks_for_long_keeps_its_lease(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "LOOKED_AT", 2)
    finished(ledger, *(f"text {number}" for number in range(20)))
    assert ledger.retention.begin("one")
    looked = 0
    for removed in ledger.retention.round("one", policy(), by="one"):
        assert not removed
        pass_time(ledger, LEASE / 4)
        assert not ledger.retention.begin("two", due=True)
        looked += 1
    assert looked > 8
    done = ledger.retention.last()
    assert done is not None
    assert not done.under_way
    assert done.finished_at is not None


def test_a_move_that_takes_long_ends_with_a_whole_lease(ledger: Ledger) -> None:
    finished(ledger, "a")
    pass_time(ledger, 10 * DAY)

    def slow(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("DELETE FROM runs"):
            conn.execute(update(chores).values(lease_until=chores.c.lease_until - LEASE))

    assert ledger.retention.begin("one")
    event.listen(ledger.database.engine, "before_cursor_execute", slow)
    going = ledger.retention.round("one", policy(runs=5), by="one")
    while not next(going)["runs"]:
        pass
    assert not ledger.retention.begin("two")
    assert sum(going, Counter())["texts"] == 1
