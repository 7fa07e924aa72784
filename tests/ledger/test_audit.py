"""The audit is a chain: what is taken out of it, put into it or changed in it is found."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, update

from netpulse_core.ledger import audit as records
from netpulse_core.ledger.audittables import audit, audit_ends
from netpulse_core.ledger.chain import Chain
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.retention import Policy
from tests.ledger.work import accepted, pass_time

DAY = 86_400.0


def written(ledger: Ledger, count: int = 5) -> None:
    for number in range(count):
        ledger.audit.note("ann", "key.created", f"k{number}", {"name": "ä\0b", "number": number, "share": 0.1})


def spoil(ledger: Ledger, do: Callable[[Connection], Any]) -> None:
    """Change the tables as somebody with the database's password could."""
    with ledger.database.engine.begin() as connection:
        do(connection)


def test_what_was_written_is_proven(ledger: Ledger) -> None:
    assert ledger.audit.verify().problems == ()
    written(ledger)
    run = accepted(ledger, "d1")
    found = ledger.audit.verify()
    assert (found.first, found.last, found.records, found.unchained, found.problems) == (1, 6, 6, 0, ())
    assert ledger.audit.page(object=run)[0].action == "run.accepted"
    assert [one.number for one in ledger.audit.page(limit=2, before=5)] == [4, 3]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (lambda c: c.execute(update(audit).where(audit.c.number == 3).values(actor="bob")), "record 3 was edited"),
        (lambda c: c.execute(update(audit).where(audit.c.number == 3).values(body={})), "record 3 was edited"),
        (lambda c: c.execute(update(audit).where(audit.c.number == 3).values(at=1.0)), "record 3 was edited"),
        (lambda c: c.execute(delete(audit).where(audit.c.number == 3)), "record 3 was removed"),
        (lambda c: c.execute(delete(audit).where(audit.c.number.in_([2, 3]))), "records 2 to 3 were removed"),
        (lambda c: c.execute(delete(audit).where(audit.c.number == 1)), "record 1 was removed"),
        (lambda c: c.execute(delete(audit).where(audit.c.number >= 4)), "records 4 to 5 were removed from the end"),
        (lambda c: c.execute(delete(audit)), "records 1 to 5 were removed from the end"),
        (lambda c: _swap(c), "record 2 was edited, moved"),
        (lambda c: _put_in(c), "the chain ends with record 6, and was noted to end otherwise"),
        (lambda c: _cut(c), "the note of where the chain ends was edited"),
        (lambda c: _unnumbered(c, at=None), "1 record without a number, and not"),
        (lambda c: _unnumbered(c, at=1.0), "1 record without a number, and not"),
        (lambda c: _unnumbered(c, at=1.0, id=-7), "1 record without a number, and not"),
        (lambda c: c.execute(update(audit).where(audit.c.number == 3).values(number=None)), "1 record without"),
        (lambda c: c.execute(delete(audit_ends)), "the note of where the chain ends was edited or removed"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_change_is_found_and_named(ledger: Ledger, how: Callable[[Connection], Any], said: str) -> None:
    written(ledger)
    spoil(ledger, how)
    assert any(problem.startswith(said) for problem in ledger.audit.verify().problems), ledger.audit.verify()


def _swap(connection: Connection) -> None:
    for before, after in ((2, 20), (3, 2), (20, 3)):
        connection.execute(update(audit).where(audit.c.number == before).values(number=after))


def _put_in(connection: Connection) -> None:
    row = {"at": 1.0, "actor": "eve", "action": "key.created", "object": "k", "body": {}, "number": 6, "mac": "0" * 64}
    connection.execute(insert(audit).values(**row))


def _unnumbered(connection: Connection, at: float | None, **more: Any) -> None:
    last = connection.execute(audit.select().order_by(audit.c.number.desc())).first()
    assert last is not None
    row: dict[str, Any] = {
        "at": last.at if at is None else at,
        "actor": "eve",
        "action": "run.accepted",
        "object": "k",
        "body": {},
    }
    connection.execute(insert(audit).values(**row, **more))


def _older(connection: Connection) -> None:
    """Leave records as they were written before there was a chain."""
    for number in range(3):
        row = {"at": 1.0, "actor": "old", "action": "key.created", "object": f"o{number}", "body": {}}
        connection.execute(insert(audit).values(**row))


def _moved(connection: Connection, number: int, id: int) -> None:
    connection.execute(update(audit).where(audit.c.number == number).values(id=id))


def test_the_list_stands_in_the_order_that_is_proven(ledger: Ledger) -> None:
    written(ledger)
    before = ledger.audit.page()
    for number, id in ((1, 103), (2, 101), (3, 105), (4, 102), (5, 104)):
        spoil(ledger, partial(_moved, number=number, id=id))
    assert ledger.audit.page() == before
    assert ledger.audit.verify().problems == ()


def test_what_is_older_than_the_chain_comes_last_and_on_every_page(ledger: Ledger) -> None:
    spoil(ledger, _older)
    written(ledger)
    whole = [one.object for one in ledger.audit.page()]
    assert whole == ["k4", "k3", "k2", "k1", "k0", "o2", "o1", "o0"]
    for size in (1, 2, 3, 5, 7):
        paged: list[str] = []
        before = None
        while (page := ledger.audit.page(limit=size, before=before)) and len(paged) < len(whole):
            paged += [one.object for one in page]
            before = page[-1].place
        assert paged == whole
    assert [one.object for one in ledger.audit.page(actor="old", limit=2)] == ["o2", "o1"]
    found = ledger.audit.verify()
    assert (found.records, found.unchained, found.problems) == (5, 3, ())


def _cut(connection: Connection) -> None:
    connection.execute(delete(audit).where(audit.c.number >= 4))
    mac = connection.execute(audit.select().where(audit.c.number == 3)).one().mac
    connection.execute(update(audit_ends).where(audit_ends.c.name == "end").values(number=3, mac=mac))


def test_another_key_proves_nothing(ledger: Ledger, ledger_url: str) -> None:
    written(ledger)
    other = Ledger(ledger_url, pepper=b"another")
    assert other.audit.verify().problems
    other.close()


def test_an_anchor_shows_that_a_whole_tail_was_put_back(ledger: Ledger) -> None:
    written(ledger, 3)
    with ledger.database.read() as connection:
        rows = [dict(row) for row in connection.execute(audit_ends.select()).mappings()]
    written(ledger, 2)
    anchor = ledger.audit.anchor()
    assert ledger.audit.verify(anchor).problems == ()

    def as_it_was(connection: Connection) -> None:
        connection.execute(delete(audit).where(audit.c.number > 3))
        connection.execute(delete(audit_ends))
        connection.execute(insert(audit_ends), rows)

    spoil(ledger, as_it_was)
    assert ledger.audit.verify().problems == ()  # as of then, all is well
    assert ledger.audit.verify(anchor).problems == ("record 5 is not the one that was anchored, or is gone",)


def test_what_grew_too_old_is_no_gap(ledger: Ledger) -> None:
    written(ledger)
    pass_time(ledger, 2 * DAY)
    accepted(ledger, "d1")
    policy = Policy(runs=None, outputs=None, events=None, audit=DAY, at_least=0)
    assert ledger.retention.begin("n1")
    assert sum(removed["audit"] for removed in ledger.retention.round("n1", policy, by="n1")) == 5
    found = ledger.audit.verify()
    assert (found.first, found.records, found.problems) == (6, 2, ())


def test_what_was_written_while_the_clock_was_ahead_is_no_gap_when_it_grows_old(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Chain._locked_end
    for days in (5, 5, 2, 5, 5, 0):  # the third while the clock was three days ahead
        with monkeypatch.context() as clock:
            ago = days * DAY
            clock.setattr(Chain, "_locked_end", lambda *args, ago=ago: (*(end := told(*args))[:2], end[2] - ago))
            written(ledger, 1)
    removed = []
    for days in (3, 1):
        policy = Policy(runs=None, outputs=None, events=None, audit=days * DAY, at_least=0)
        assert ledger.retention.begin("n1")
        removed.append(sum(each["audit"] for each in ledger.retention.round("n1", policy, by="n1")))
        assert ledger.audit.verify().problems == ()
    assert removed == [2, 3]


def test_what_is_rolled_back_is_not_recorded(ledger: Ledger) -> None:
    with suppress(RuntimeError), ledger.database.write() as connection:
        records.record(connection, "ann", "key.created", "k", {})
        raise RuntimeError
    written(ledger, 1)
    assert [one.object for one in ledger.audit.page()] == ["k0"]
    assert ledger.audit.verify().problems == ()


def test_many_at_once_make_one_chain(ledger: Ledger) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: written(ledger, 5), range(8)))
    found = ledger.audit.verify()
    assert (found.last, found.records, found.problems) == (40, 40, ())
