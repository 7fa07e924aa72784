"""Events of hooks: joined to what waits, once a delivery, bounded an hour, whatever number of processes takes them."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import Column, func, select, update

from netpulse_core.errors import InvalidParameters, TooManyRequests
from netpulse_core.ledger import hookevents
from netpulse_core.ledger.hookevents import KEPT
from netpulse_core.ledger.hooktables import hook_events
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.tables import jobs, runs
from netpulse_core.model.incoming import Became, HookEvent, Received
from netpulse_core.model.notifier import Endpoint
from netpulse_core.model.run import NewRun
from tests.ledger.test_retention import prune
from tests.ledger.work import LOST_CONTACT, Worker, run_of

NOTIFIER = "notifier:webhooks"


def event(delivery: str, hook: str = "down", **changed: object) -> HookEvent:
    said = HookEvent(hook=hook, delivery=delivery, digest=f"of {delivery}", causes=(f"hook:{hook}",))
    return replace(said, **changed)  # type: ignore[arg-type]


def asked(*devices: str | tuple[str, str], **changed: object) -> NewRun:
    return run_of(*devices, **{"caller": "hook:down", **changed})


def older(ledger: Ledger, instant: Column[float], seconds: float) -> None:
    """Let so many seconds pass for these instants alone, so that nobody's lease ends."""
    with ledger.database.write() as connection:
        connection.execute(update(instant.table).values({instant.name: instant - seconds}))


def take(ledger: Ledger, event: HookEvent, new: NewRun, at_most: int) -> Received:
    return ledger.hook_events.take(event, new, at_most, ", ".join)


@pytest.fixture
def worker(ledger: Ledger) -> Worker:
    """A node that owns what the events mean."""
    return Worker(ledger, owns=["d1", "d2"])


def test_what_is_queued_takes_the_event_and_what_has_begun_does_not(ledger: Ledger, worker: Worker) -> None:
    first = take(ledger, event("e1"), asked("d1"), 100)
    joined = take(ledger, event("e2"), asked("d1"), 100)
    assert (first.status, joined.status) == (Became.ACCEPTED, Became.COALESCED)
    assert [one.run for one in joined.runs] == [one.run for one in first.runs]
    claim = worker.claim_one()
    later = take(ledger, event("e3"), asked("d1"), 100)
    assert (later.status, later.runs[0].created) == (Became.ACCEPTED, True)
    worker.conclude(claim, LOST_CONTACT)  # queued again, for another attempt: which comes after this event
    both = take(ledger, event("e4"), asked("d1", "d2"), 100)
    assert [(one.devices, one.created) for one in both.runs] == [(("d2",), True), (("d1",), False)]
    assert [ledger.runs.get(one.run).target for one in both.runs] == ["d2", "all"]


def test_one_box_by_two_names_is_one_device(ledger: Ledger, worker: Worker) -> None:
    first = take(ledger, event("e1"), asked(("leaf1", "d1")), 100)
    other = take(ledger, event("e2"), asked(("leaf1-mgmt", "d1")), 100)
    assert (other.status, other.runs[0].run) == (Became.COALESCED, first.runs[0].run)


def test_nothing_is_joined_to_what_asks_for_something_else_or_will_not_begin(ledger: Ledger) -> None:
    take(ledger, event("e1"), asked("d1"), 100)
    others = [
        asked("d1", parameters={"a": 1}),
        asked("d1", runbook="other"),
        asked("d1", revision="r2"),
        asked("d1", caller="hook:other"),
        asked("d2"),
    ]
    for number, other in enumerate(others):
        assert take(ledger, event(f"o{number}"), other, 100).status is Became.ACCEPTED
    (run,) = take(ledger, event("e2"), asked("d1"), 100).runs
    ledger.stopping.cancel(run.run, "ann")
    (anew,) = take(ledger, event("e3"), asked("d1"), 100).runs
    assert anew.created
    with ledger.database.write() as connection:
        connection.execute(update(jobs).where(jobs.c.run_id == anew.run).values(deadline_at=1.0))
    assert take(ledger, event("e4"), asked("d1"), 100).status is Became.ACCEPTED


def test_a_run_begins_when_its_time_has_come(ledger: Ledger, worker: Worker) -> None:
    take(ledger, event("e1"), asked("d1", starts_in=30.0), 100)
    assert worker.claim() == []
    assert take(ledger, event("e2"), asked("d1", starts_in=30.0), 100).status is Became.COALESCED
    older(ledger, jobs.c.not_before, 31.0)
    assert len(worker.claim()) == 1, "from the first event on, not from the last"


def test_a_delivery_is_known_for_a_month(ledger: Ledger) -> None:
    first = take(ledger, event("e1"), asked("d1"), 100)
    again = take(ledger, event("e1"), asked("d1"), 100)
    assert (again.status, [one.run for one in again.runs]) == (Became.KNOWN, [one.run for one in first.runs])
    assert ledger.hook_events.known(event("e1", hook="other")) is None, "each hook has ids of its own"
    with pytest.raises(InvalidParameters, match="with another body"):
        take(ledger, event("e1", digest="other"), asked("d1"), 100)
    prune(ledger)
    assert ledger.hook_events.known(event("e1")) is not None
    with ledger.database.write() as connection:
        connection.execute(update(hook_events).values(at=hook_events.c.at - KEPT - 1))
    prune(ledger)
    assert ledger.hook_events.known(event("e1")) is None


def test_one_round_forgets_all_that_is_too_old_where_nothing_is_sent_anywhere(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hookevents, "AT_ONCE", 2)
    for number in range(5):
        take(ledger, event(f"e{number}"), asked("d1"), 100)
    with ledger.database.write() as connection:
        connection.execute(update(hook_events).values(at=hook_events.c.at - KEPT - 1))
    take(ledger, event("new"), asked("d1"), 100)
    assert prune(ledger)["hook_events"] == 5
    known = [ledger.hook_events.known(event(name)) for name in ("e0", "e4", "new")]
    assert [one is not None for one in known] == [False, False, True]


def test_a_device_gets_so_many_runs_an_hour_and_no_more(ledger: Ledger, worker: Worker) -> None:
    for number in range(3):
        take(ledger, event(f"e{number}"), asked("d1"), 3)
        worker.conclude(worker.claim_one())
        older(ledger, runs.c.accepted_at, 600.0)
    with pytest.raises(TooManyRequests, match="gave d1 3 runs") as refused:
        take(ledger, event("e3"), asked("d2", "d1"), 3)
    assert 1500 < refused.value.retry_after <= 1800, "until the first of the three is an hour old"
    assert ledger.hook_events.known(event("e3")) is None, "it may be sent again"
    assert take(ledger, event("e4"), asked("d2"), 3).status is Became.ACCEPTED
    older(ledger, runs.c.accepted_at, 1801.0)
    assert take(ledger, event("e3"), asked("d1"), 3).status is Became.ACCEPTED


def test_what_led_to_a_run_is_told_with_all_that_happens_to_it(ledger: Ledger, worker: Worker) -> None:
    ledger.observers.attend([NOTIFIER])
    take(ledger, event("e1", causes=("hook:a", "hook:down")), asked("d1"), 100)
    take(ledger, event("e2", causes=("hook:b", "hook:down")), asked("d1"), 100)
    ledger.runs.accept(run_of("d2"))
    ledger.deliveries.gather(NOTIFIER, [Endpoint(name="pager", shown="", kinds=frozenset({"run.accepted"}))])
    causes = set()
    while (outgoing := ledger.deliveries.claim("pager", worker.name)) is not None:
        causes.add(str(json.loads(outgoing.body).get("cause")))
        ledger.deliveries.delivered(outgoing, worker.name, "200 OK")
    assert causes == {"None", "['hook:a', 'hook:down', 'hook:b']"}


PROCESS = """
import sys
from contextlib import closing
from netpulse_core.ledger.ledger import Ledger
from tests.ledger.test_hookevents import asked, event, take
with closing(Ledger(sys.argv[1], pepper=b"pepper")) as ledger:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(20):
        print(take(ledger, event(f"{sys.argv[2]} {number}"), asked("d1", "d2"), 100).status, flush=True)
"""


@pytest.fixture
def processes(ledger_url: str, ledger: Ledger) -> Iterator[list["subprocess.Popen[str]"]]:
    """Three processes that take events of one ledger once they are told to."""
    command = [sys.executable, "-c", PROCESS, ledger_url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    started = [subprocess.Popen([*command, f"p{number}"], **pipes) for number in range(3)]  # type: ignore[call-overload]
    yield started
    for one in started:
        one.kill()
        one.communicate()


@pytest.mark.thorough
def test_a_storm_over_several_processes_makes_one_run(ledger: Ledger, processes: list["subprocess.Popen[str]"]) -> None:
    for one in processes:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    said = "".join(found for found, _ in _all_at_once(processes)).split()
    assert sorted(said) == ["accepted"] + ["coalesced"] * 59
    with ledger.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(jobs)) == 2
        assert connection.scalar(select(func.count()).select_from(hook_events)) == 60


def _all_at_once(processes: list["subprocess.Popen[str]"]) -> list[tuple[str, str]]:
    answers: list[tuple[str, str]] = []
    threads = [
        threading.Thread(target=lambda one=one: answers.append(one.communicate("go\n", 60))) for one in processes
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def test_one_delivery_taken_by_many_at_once_is_one_run(ledger_url: str, ledger: Ledger) -> None:
    found: list[str] = []

    def once() -> None:
        with closing(Ledger(ledger_url, pepper=b"pepper")) as own:
            found.extend(one.run for one in take(own, event("e1"), asked("d1"), 100).runs)

    threads = [threading.Thread(target=once) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 6
    assert len(set(found)) == 1
