"""Deliveries: written once for each endpoint that wants an event, and theirs who holds them, until they have ended."""

import json

import pytest
from sqlalchemy import update

from netpulse_core.errors import Conflict, NotFound
from netpulse_core.ledger.deliveries import KEPT
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.telltables import deliveries
from netpulse_core.model.notifier import DeliveryState, Endpoint, Outgoing
from tests.ledger.test_retention import prune
from tests.ledger.work import Worker, accepted, pass_time

PAGER = Endpoint(name="pager", shown="https://pager.example", kinds=frozenset({"run.accepted"}))
TICKETS = Endpoint(name="tickets", shown="https://tickets.example", kinds=frozenset({"run.accepted", "run.finished"}))
NAME = "notifier:webhooks"


@pytest.fixture
def node(ledger: Ledger) -> Worker:
    """A living node that has the notifier."""
    ledger.observers.attend([NAME])
    return Worker(ledger)


def claimed(ledger: Ledger, node: str = "n1", endpoint: str = "pager") -> Outgoing:
    outgoing = ledger.deliveries.claim(endpoint, node)
    assert outgoing is not None
    return outgoing


def test_each_event_is_written_once_for_each_endpoint_that_wants_it(ledger: Ledger, node: Worker) -> None:
    run = accepted(ledger, "d1")
    ledger.stopping.cancel(run, "ann")
    for _ in range(2):
        ledger.deliveries.gather(NAME, [PAGER, TICKETS])
    found = [(one.endpoint, one.kind, one.run, one.number) for one in ledger.deliveries.page()]
    assert sorted(found) == [
        ("pager", "run.accepted", run, 1),
        ("tickets", "run.accepted", run, 1),
        ("tickets", "run.finished", run, 4),
    ]
    body = json.loads(claimed(ledger).body)
    assert body["type"] == "run.accepted"
    assert body["timestamp"].endswith("Z")
    assert body["data"] == {"run": run, "number": 1, "runbook": "show", "caller": "ann", "devices": 1}


def test_one_node_holds_a_delivery_until_it_dies_and_each_attempt_counts(ledger: Ledger, node: Worker) -> None:
    Worker(ledger, "n2")
    accepted(ledger, "d1")
    ledger.deliveries.gather(NAME, [PAGER])
    first = claimed(ledger)
    assert ledger.deliveries.due(["pager", "tickets"], "n2") == []
    assert ledger.deliveries.claim("pager", "n2") is None
    node.die()
    ledger.nodes.join("n3", name="n3", revision="r1", slots=1, fifo_only=False)
    again = claimed(ledger, "n3")
    assert (again.id, again.body, again.attempt) == (first.id, first.body, 2)
    ledger.deliveries.delivered(first, "n1", "200 OK")
    assert ledger.deliveries.one(first.id).state is DeliveryState.WAITING
    ledger.deliveries.delivered(again, "n3", "200 OK")
    assert ledger.deliveries.one(first.id).state is DeliveryState.DELIVERED


def test_a_late_word_on_an_earlier_attempt_changes_nothing(ledger: Ledger, node: Worker) -> None:
    made = ledger.deliveries.test("pager", "ann")
    late, now = claimed(ledger), claimed(ledger)  # as after a claim whose answer was lost
    ledger.deliveries.failed(late, "n1", "no answer", None)
    assert ledger.deliveries.one(made.id).state is DeliveryState.WAITING
    ledger.deliveries.delivered(now, "n1", "204")
    ledger.deliveries.failed(now, "n1", "no answer", None)
    assert ledger.deliveries.one(made.id).state is DeliveryState.DELIVERED


def test_what_failed_is_due_again_later_and_given_up_at_last(ledger: Ledger, node: Worker) -> None:
    made = ledger.deliveries.test("pager", "ann")
    ledger.deliveries.failed(claimed(ledger), "n1", "answered 503", 60.0)
    assert ledger.deliveries.claim("pager", "n1") is None
    pass_time(ledger, 61)
    ledger.nodes.join("n2", name="n2", revision="r1", slots=1, fifo_only=False)
    ledger.deliveries.failed(claimed(ledger, "n2"), "n2", "answered 503", None)
    dead = ledger.deliveries.one(made.id)
    assert (dead.state, dead.attempts, dead.problem) == (DeliveryState.DEAD, 2, "answered 503")
    assert [one.id for one in ledger.deliveries.page(state="dead")] == [made.id]


def test_what_has_ended_can_be_replayed_under_its_own_id(ledger: Ledger, node: Worker) -> None:
    made = ledger.deliveries.test("pager", "ann")
    with pytest.raises(Conflict, match="on its way already"):
        ledger.deliveries.replay(made.id, "ann")
    with pytest.raises(NotFound):
        ledger.deliveries.replay("nothing", "ann")
    first = claimed(ledger)
    ledger.deliveries.failed(first, "n1", "gone", None)
    assert ledger.deliveries.replay(made.id, "ann").state is DeliveryState.WAITING
    again = claimed(ledger)
    assert (again.id, again.body, again.attempt) == (first.id, first.body, 1)
    assert [one.action for one in ledger.audit.page()] == ["delivery.replayed", "webhook.tested"]


def test_pages_follow_one_another(ledger: Ledger, node: Worker) -> None:
    made = [ledger.deliveries.test("pager", "ann").id for _ in range(3)]
    first = ledger.deliveries.page(limit=2)
    rest = ledger.deliveries.page(limit=2, before=first[-1].id)
    assert sorted(one.id for one in (*first, *rest)) == sorted(made)
    assert ledger.deliveries.page(endpoint="tickets") == []


def test_old_ones_that_have_ended_are_removed(ledger: Ledger, node: Worker) -> None:
    old, kept = ledger.deliveries.test("pager", "ann"), ledger.deliveries.test("pager", "ann")
    with ledger.database.write() as connection:
        aged = {"id": "01" + "0" * 24, "state": "dead"}
        connection.execute(update(deliveries).where(deliveries.c.id == old.id).values(aged))
    prune(ledger)
    assert [one.id for one in ledger.deliveries.page()] == [kept.id]


def test_what_waits_for_an_endpoint_that_is_gone_is_kept_no_longer_than_anything_else(
    ledger: Ledger, node: Worker
) -> None:
    gone, tried, replayed = (ledger.deliveries.test("pager", "ann") for _ in range(3))
    with ledger.database.write() as connection:
        for number, one in enumerate((gone, tried, replayed)):
            aged = {"id": "01" + "0" * 23 + str(number), "due_at": deliveries.c.due_at - KEPT - 60}
            connection.execute(update(deliveries).where(deliveries.c.id == one.id).values(aged))
        in_a_moment = {"due_at": tried.due_at + 60}
        connection.execute(update(deliveries).where(deliveries.c.id == "01" + "0" * 23 + "1").values(in_a_moment))
        connection.execute(update(deliveries).where(deliveries.c.id == "01" + "0" * 23 + "2").values(state="dead"))
    ledger.deliveries.replay("01" + "0" * 23 + "2", "ann")
    prune(ledger)
    assert sorted(one.id[-1] for one in ledger.deliveries.page()) == ["1", "2"]
