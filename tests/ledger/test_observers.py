"""Who is told of what: nothing is skipped, nothing of a run out of order, and no plugin holds up another."""

from contextlib import closing

import pytest
from sqlalchemy import delete, select

from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.outbox import News
from netpulse_core.ledger.tables import outbox
from netpulse_core.model import events
from netpulse_core.model.event import EventKind
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.run import Conclusion, Problem
from tests.ledger.work import LOST_CONTACT, OK, Worker, accepted, in_doubt, pass_time

UNSURE = Conclusion(outcome=Outcome.IN_DOUBT, problem=Problem(kind="InDoubt", message="the session broke off"))
LATER = Conclusion(outcome=Outcome.UNREACHABLE, retry_in=0.0, waits_on="breaker")


@pytest.fixture
def node(ledger: Ledger) -> Worker:
    """A living node that has the plugins `a` and `b`."""
    ledger.observers.attend(["a", "b"])
    return Worker(ledger)


def told(ledger: Ledger, plugin: str = "a", node: str = "n1", limit: int = 100) -> list[events.Event]:
    """Let a node tell a plugin all there is, and write it down."""
    heard: list[events.Event] = []
    position = 0
    while batch := ledger.observers.turn(plugin, node, position, limit):
        heard += [event for _, event in batch]
        position = batch[-1][0]
    return heard


def positions(ledger: Ledger) -> list[int | None]:
    with ledger.database.read() as connection:
        return list(connection.scalars(select(outbox.c.position).order_by(outbox.c.id)))


def test_a_plugin_is_told_each_event_of_a_run_once_and_in_order(ledger: Ledger, node: Worker) -> None:
    run = accepted(ledger, "d1", "d2", "d3")
    ledger.stopping.cancel(run, "ann")
    heard = told(ledger, limit=2)
    assert [event.number for event in heard] == [1, 2, 3, 4, 5, 6]
    assert {(event.run, event.runbook, event.caller) for event in heard} == {(run, "show", "ann")}
    assert told(ledger) == []
    assert ledger.observers.due(["a"], "n1") == []


def test_what_is_said_in_words_of_the_history_holds_up_nobody(ledger: Ledger, node: Worker) -> None:
    news = News()
    news.add(accepted(ledger, "d1"), EventKind.CONFIG_HISTORY_FAILED, problem="the remote is away", failures=1)
    with ledger.database.write() as connection:
        news.write(connection, 1.0)
    failed = told(ledger)[-1]
    assert isinstance(failed, events.ConfigHistoryFailed)
    assert (failed.problem, failed.failures) == ("the remote is away", 1)


def test_one_plugin_does_not_hold_up_another(ledger: Ledger, node: Worker) -> None:
    accepted(ledger, "d1")
    slow = ledger.observers.turn("a", "n1", 0, 100)
    accepted(ledger, "d2")
    assert len(told(ledger, "b")) == 2
    assert ledger.observers.due(["a", "b"], "n1") == ["a"]
    assert len(ledger.observers.turn("a", "n1", slow[-1][0], 100)) == 1


def test_where_nobody_observes_nothing_is_kept_and_a_plugin_begins_with_what_comes(ledger: Ledger) -> None:
    Worker(ledger)
    ledger.observers.attend([])
    accepted(ledger, "d1")
    assert positions(ledger) == [0]
    ledger.observers.attend(["a"])
    assert told(ledger) == []
    run = accepted(ledger, "d2")
    assert [event.run for event in told(ledger)] == [run]
    ledger.observers.attend(["a", "later"])
    assert told(ledger, "later") == []


def test_what_commits_late_is_not_skipped(postgres_ledger_url: str) -> None:
    with closing(Ledger(postgres_ledger_url)) as ledger:
        ledger.observers.attend(["a"])
        Worker(ledger)
        late = accepted(ledger, "d1")
        assert len(told(ledger)) == 1
        with ledger.database.write() as connection:
            news = News()
            news.add(late, EventKind.JOB_WAITING, "d1", reason="slow", problem=None)
            news.write(connection, 1.0)  # it has its id, and is not committed
            other = accepted(ledger, "d2")
            assert [event.run for event in told(ledger)] == [other]
        assert [event.run for event in told(ledger)] == [late]


def test_only_one_node_tells_a_plugin_and_another_begins_again_where_that_one_died(
    ledger: Ledger, node: Worker
) -> None:
    Worker(ledger, "n2")
    accepted(ledger, "d1")
    first = ledger.observers.turn("a", "n1", 0, 100)
    assert ledger.observers.due(["a", "b"], "n2") == ["b"]
    assert ledger.observers.turn("a", "n2", 0, 100) == []
    node.die()
    ledger.nodes.join("n3", name="n3", revision="r1", slots=1, fifo_only=False)
    again = ledger.observers.turn("a", "n3", 0, 100)
    assert [(position, event.run) for position, event in again] == [(position, event.run) for position, event in first]
    assert not ledger.observers.told("a", "n1", first[-1][0], go_on=True)
    assert ledger.observers.turn("a", "n1", first[-1][0], 100) == []


def test_a_node_that_lets_go_leaves_the_rest_to_others(ledger: Ledger, node: Worker) -> None:
    Worker(ledger, "n2")
    accepted(ledger, "d1")
    accepted(ledger, "d2")
    first, second = ledger.observers.turn("a", "n1", 0, 100)
    assert ledger.observers.told("a", "n1", first[0], go_on=False)
    assert ledger.observers.turn("a", "n2", 0, 100) == [second]


def test_a_plugin_no_node_has_had_for_a_day_is_forgotten(ledger: Ledger, node: Worker) -> None:
    pass_time(ledger, 80_000)
    ledger.observers.attend(["a"])
    pass_time(ledger, 10_000)
    ledger.observers.attend(["a"])
    accepted(ledger, "d1")
    assert ledger.observers.due(["a", "b"], "n1") == ["a"]
    pass_time(ledger, 90_000)
    ledger.observers.attend([])
    accepted(ledger, "d2")
    assert positions(ledger)[-1] == 0


def test_positions_go_on_where_events_were_deleted(ledger: Ledger, node: Worker) -> None:
    accepted(ledger, "d1")
    assert len(told(ledger)) == len(told(ledger, "b")) == 1
    with ledger.database.write() as connection:
        connection.execute(delete(outbox))
    accepted(ledger, "d2")
    assert len(told(ledger)) == 1


TOLD_ELSEWHERE = {
    EventKind.FIRE_MISSED,
    EventKind.CONFIG_SUSPECT,
    EventKind.CONFIG_HISTORY_FAILED,
    EventKind.COMPLIANCE_CHANGED,
}
"""What becomes of schedules, configurations and findings, and not of a job by itself."""


def test_every_kind_of_event_has_its_class_and_words(ledger: Ledger) -> None:
    ledger.observers.attend(["a"])
    node = Worker(ledger, owns=["d1", "d2", "d3"])
    ledger.stopping.cancel(accepted(ledger, "d9"), "bob")
    accepted(ledger, "d1")
    for conclusion in (LATER, LOST_CONTACT, OK):
        node.conclude(node.claim_one(), conclusion)
    accepted(ledger, "d2", changes=True)
    node.conclude(node.push(), UNSURE)
    accepted(ledger, "d3", changes=True)
    claim = in_doubt(ledger, node)
    ledger.reaping.resolve(claim.run, claim.device, Outcome.NOT_APPLIED, "bob", "looked at it")
    heard = told(ledger, node="n9")
    assert {event.kind for event in heard} == set(EventKind) - TOLD_ELSEWHERE
    classes = {kind: getattr(events, kind.name.title().replace("_", "")) for kind in EventKind}
    assert {kind: of.kind for kind, of in classes.items()} == {kind: kind for kind in EventKind}
    assert all(type(event) is classes[event.kind] for event in heard)
    doubts = [event for event in heard if isinstance(event, events.JobInDoubt)]
    assert [event.device for event in doubts] == ["d2", "d3"]
    assert all(event.problem for event in doubts)
    last = heard[-1]
    assert isinstance(last, events.RunFinished)
    assert (last.verdict, last.counts) == (Verdict.FAILED, {Outcome.NOT_APPLIED: 1})
    resolved = heard[-2]
    assert isinstance(resolved, events.JobFinished)
    assert (resolved.resolved_by, resolved.reason) == ("bob", "looked at it")
    by = [(event.cancelled_by, event.jobs, event.stopping) for event in heard if isinstance(event, events.RunCancelled)]
    assert by == [("bob", 1, ())]
