"""What becomes of a due time that is late, overlaps the run before it, is spread, or falls into a pause."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from netpulse_core.controller import NetPulse
from netpulse_core.ledger.facts import fact_of
from netpulse_core.ledger.schedules import Schedules
from netpulse_core.model.caller import LOCAL, Caller, Scope
from netpulse_core.model.event import EventKind
from netpulse_core.model.events import FireMissed
from netpulse_core.model.outcome import Verdict
from netpulse_core.model.run import RunRequest
from netpulse_core.model.schedule import FireState, Misfire, Overlap, Schedule, ScheduleStatus
from netpulse_core.scheduler.ticker import LOOK_SOON, Ticker
from tests.scheduler.conftest import ASKED, Open

READS = RunRequest(runbook="send_commands", target="role=leaf", parameters={"commands": ["show version"]})
CHANGES = RunRequest(runbook="send_config", target="role=leaf", parameters={"lines": ["banner motd x"]})
READ = Schedule(name="read", request=READS, every=60.0)
CHANGE = Schedule(name="change", request=CHANGES, every=3600.0)

BOTH = pytest.mark.parametrize(
    "netpulse", ["sqlite", pytest.param("postgresql", marks=pytest.mark.servers("postgresql"))], indirect=True
)


@pytest.fixture
def netpulse(request: pytest.FixtureRequest, opened: Open) -> NetPulse:
    server = getattr(request, "param", "sqlite") == "postgresql"
    return opened(str(request.getfixturevalue("postgres_url")) if server else "")


class Told:
    """One schedule that the ledger was told of, and a ticker for it."""

    def __init__(self, netpulse: NetPulse, schedule: Schedule) -> None:
        self.netpulse, self.schedule = netpulse, schedule
        (self.status,) = netpulse.ledger.schedules.know([schedule])
        self.anchor = self.status.anchor
        self.ticker = Ticker(netpulse, [schedule])

    def tick(self, after: float) -> float:
        """Tick so many seconds after the anchor; return how long until the next tick at the latest."""
        return self.ticker.tick(self.anchor + after) - self.anchor - after

    def again(self) -> ScheduleStatus:
        return self.netpulse.ledger.schedules.one(self.schedule.name)

    def became(self) -> list[tuple[float, FireState]]:
        """Return the due times, as seconds after the anchor, and what became of them, the first first."""
        fires = self.netpulse.ledger.fires.page(self.schedule.name)
        return [(round(fire.due_at - self.anchor), fire.state) for fire in reversed(fires)]

    def kinds(self, run: str) -> Sequence[EventKind]:
        return [event.kind for event in self.netpulse.events(run)]


def test_a_change_that_nobody_fired_in_time_is_missed_and_told(netpulse: NetPulse) -> None:
    told = Told(netpulse, CHANGE)
    told.tick(3600 + 301)
    (run,) = netpulse.runs(schedule="change")
    assert (run.verdict, run.devices, run.finished, run.caller) == (Verdict.MISSED, 0, True, "schedule:change")
    assert told.kinds(run.id) == [EventKind.FIRE_MISSED, EventKind.RUN_FINISHED]
    fact = fact_of(netpulse.events(run.id)[0], runbook=run.runbook, caller=run.caller)
    assert isinstance(fact, FireMissed)
    assert (fact.schedule, fact.due_at, fact.due_times) == ("change", told.anchor + 3600, 1)
    narrowed = Caller(name="nora", role="operator", scope=Scope(target="name=leaf1"))
    assert netpulse.runs(seen=netpulse.access.sight(narrowed)) == [], "what it was meant for is not theirs to see"
    status = told.again()
    assert status.last_fire is not None
    assert (status.last_fire.state, status.last_run) == (FireState.MISSED, run.id)
    assert "no scheduler fired it within 300 s" in status.problem
    told.tick(7200 + 299)
    assert told.became() == [(3600, FireState.MISSED), (7200, FireState.FIRED)]


@BOTH
def test_missed_changes_are_one_record_and_the_one_in_time_is_fired(netpulse: NetPulse) -> None:
    told = Told(netpulse, CHANGE)
    told.tick(5 * 3600 + 10)
    assert told.became() == [(4 * 3600, FireState.MISSED), (5 * 3600, FireState.FIRED)]
    missed = netpulse.ledger.fires.page("change")[1]
    assert (missed.since, missed.due_times) == (told.anchor + 3600, 4)


def test_reads_that_were_missed_give_one_run(netpulse: NetPulse) -> None:
    told = Told(netpulse, READ)
    told.tick(86_400 + 30)
    (fire,) = netpulse.ledger.fires.page("read")
    assert (fire.state, fire.since, fire.due_times) == (FireState.FIRED, told.anchor + 60, 1440)


@pytest.mark.parametrize(
    ("schedule", "state"),
    [
        (replace(CHANGE, misfire=Misfire.RUN), FireState.FIRED),
        (replace(READ, every=3600.0, misfire=Misfire.SKIP), FireState.MISSED),
        (replace(CHANGE, start_within=1200.0), FireState.FIRED),
    ],
)
def test_a_schedule_says_what_late_means_and_what_then(
    netpulse: NetPulse, schedule: Schedule, state: FireState
) -> None:
    told = Told(netpulse, schedule)
    told.tick(3600 + 1000)
    assert told.became() == [(3600, state)]


def test_a_fire_is_skipped_while_the_run_before_it_is_going(netpulse: NetPulse) -> None:
    told = Told(netpulse, READ)
    told.tick(60)
    told.tick(120)
    assert told.became() == [(60, FireState.FIRED), (120, FireState.SKIPPED)]
    (run,) = netpulse.runs(schedule="read")
    assert f"run {run.id} before it is still going" in told.again().problem
    netpulse.cancel(run.id, LOCAL)
    told.tick(180)
    assert told.became()[-1] == (180, FireState.FIRED)


@BOTH
def test_a_fire_that_is_queued_waits_and_no_second_one_with_it(netpulse: NetPulse) -> None:
    told = Told(netpulse, replace(READ, overlap=Overlap.QUEUE))
    told.tick(60)
    told.tick(120)
    assert told.tick(130) == pytest.approx(LOOK_SOON)
    told.tick(180)
    queued = [(60, FireState.FIRED), (120, FireState.QUEUED), (180, FireState.SKIPPED)]
    assert told.became() == queued
    (first,) = netpulse.runs(schedule="read")
    netpulse.cancel(first.id, LOCAL)
    told.tick(185)
    assert told.became() == [queued[0], (120, FireState.FIRED), queued[2]]
    assert len(netpulse.runs(schedule="read")) == 2
    told.tick(187)
    assert len(netpulse.runs(schedule="read")) == 2


def test_nobody_is_asked_about_a_fire_while_it_waits(opened: Open, site: Path) -> None:
    (site / "plugins").mkdir()
    (site / "plugins" / "asked.py").write_text(ASKED)
    netpulse = opened()
    told = Told(netpulse, replace(READ, overlap=Overlap.QUEUE))
    for seconds in (60, 120, 121, 122, 123):
        told.tick(seconds)
    assert told.again().waiting is not None
    before = (site / "asked").read_text()
    told.tick(124)
    assert (site / "asked").read_text() == before
    (first,) = netpulse.runs(schedule="read")
    netpulse.cancel(first.id, LOCAL)
    told.tick(125)
    assert (site / "asked").read_text() == before + "asked\n"


def test_a_schedule_that_changes_or_is_paused_leaves_nothing_waiting(netpulse: NetPulse) -> None:
    queues = replace(READ, overlap=Overlap.QUEUE)
    for leave in (
        lambda: netpulse.ledger.schedules.know([replace(queues, sentence="Said later.")]),
        lambda: netpulse.ledger.schedules.pause("read", "nora", ""),
        lambda: netpulse.ledger.schedules.know([]),
        lambda: netpulse.ledger.restoring.declare("from a backup", by="nora"),
    ):
        netpulse.ledger.schedules.know([])
        told = Told(netpulse, queues)
        told.tick(60)
        told.tick(120)
        assert told.again().waiting is not None
        leave()
        assert [fire.state for fire in netpulse.ledger.fires.page("read", 1)] == [FireState.SKIPPED]


def test_what_waited_longer_than_it_may_is_missed(netpulse: NetPulse) -> None:
    told = Told(netpulse, replace(READ, overlap=Overlap.QUEUE, start_within=30.0))
    for seconds in (60, 120, 149, 151):
        told.tick(seconds)
    assert told.became() == [(60, FireState.FIRED), (120, FireState.MISSED)]
    assert "it waited longer than 30 s" in told.again().problem


def test_a_run_by_hand_is_in_nobodys_way(netpulse: NetPulse) -> None:
    told = Told(netpulse, READ)
    by_hand = netpulse.submit(READS, LOCAL, schedule="read")
    assert netpulse.get(by_hand.run).schedule == "read"
    before = told.again()
    told.tick(30)
    assert (told.again().anchor, told.again().last_due) == (before.anchor, None)
    told.tick(60)
    assert told.became() == [(60, FireState.FIRED)]


def test_jitter_is_the_same_for_every_process_and_another_for_every_due_time(netpulse: NetPulse) -> None:
    schedule = replace(READ, every=3600.0, jitter=1800.0)
    starts = [schedule.starts(due * 3600.0) - due * 3600.0 for due in range(1, 201)]
    assert starts == [replace(schedule).starts(due * 3600.0) - due * 3600.0 for due in range(1, 201)]
    assert len(set(starts)) == 200
    assert 0 <= min(starts) < 200
    assert 1600 < max(starts) < 1800
    assert starts != [replace(schedule, name="x").starts(due * 3600.0) - due * 3600.0 for due in range(1, 201)]
    told = Told(netpulse, schedule)
    start = schedule.starts(told.anchor + 3600) - told.anchor
    assert told.tick(start - 1.0) == pytest.approx(1.0)
    assert told.became() == []
    told.tick(start)
    assert told.became() == [(3600, FireState.FIRED)]


@BOTH
def test_what_is_due_in_a_pause_is_neither_fired_nor_missed(netpulse: NetPulse) -> None:
    told = Told(netpulse, CHANGE)
    told.tick(10)
    netpulse.ledger.schedules.pause("change", "nora", "the core is being moved")
    for seconds in (3600, 2 * 3600, 50 * 3600):
        told.tick(seconds)
    status = netpulse.ledger.schedules.know([CHANGE])[0]
    assert status.paused is not None
    assert (status.paused.by, status.paused.reason, status.next_due) == ("nora", "the core is being moved", None)
    assert (told.became(), netpulse.runs()) == ([], [])
    resumed = netpulse.ledger.schedules.resume("change", "nora")
    assert resumed.passed is not None
    told.tick(resumed.passed - told.anchor + 20)
    assert told.became() == []
    told.tick(3600)
    assert told.became() == [(3600, FireState.FIRED)]
    actions = [record.action for record in netpulse.ledger.audit.page(object="change")]
    assert actions == ["schedule.resumed", "schedule.paused", "schedule.added"]


@BOTH
def test_a_due_time_that_is_refused_is_audited_once(netpulse: NetPulse) -> None:
    told = Told(netpulse, replace(READ, request=replace(READS, runbook="gone")))
    for seconds in (60, 61, 62):
        told.tick(seconds)
    assert told.became() == [(60, FireState.REFUSED)]
    (record,) = netpulse.ledger.audit.page(action="run.refused")
    assert (record.actor, record.object, record.body["schedule"]) == ("schedule:read", "gone", "read")
    assert "no runbook 'gone'" in record.body["reason"]
    assert netpulse.ledger.audit.verify().problems == ()


def test_what_a_schedules_role_may_not_do_is_audited_where_it_was_judged_and_nowhere_else(netpulse: NetPulse) -> None:
    told = Told(netpulse, replace(CHANGE, role="viewer"))
    told.tick(3600)
    assert told.became() == [(3600, FireState.REFUSED)]
    refusals = [record.action for record in netpulse.ledger.audit.page() if "refused" in record.action]
    assert refusals == ["access.refused"]


def test_a_one_shot_is_fired_once(netpulse: NetPulse) -> None:
    at = netpulse.ledger.database.now() + 50
    told = Told(netpulse, Schedule(name="once", request=CHANGES, at=at))
    assert told.ticker.tick(at - 5) == at
    told.ticker.tick(at)
    told.ticker.tick(at + 90_000)
    assert [fire.state for fire in netpulse.ledger.fires.page("once")] == [FireState.FIRED]


@pytest.mark.parametrize("request_", [READS, CHANGES], ids=["reads", "changes"])
def test_a_one_shot_whose_time_had_passed_when_it_became_known_is_missed(
    netpulse: NetPulse, request_: RunRequest
) -> None:
    at = datetime(2026, 1, 31, 2, tzinfo=UTC).timestamp()
    told = Told(netpulse, Schedule(name="once", request=request_, at=at))
    told.tick(1)
    told.tick(30)
    (fire,) = netpulse.ledger.fires.page("once")
    assert (fire.state, fire.problem) == (FireState.MISSED, "its time had passed when it became known")
    described = Schedule(name="once", request=request_, at=at, sentence="Said later.")
    Told(netpulse, described).tick(2)
    assert len(netpulse.runs()) == 1, "another definition makes no second record of one due time"


def test_what_changed_since_it_was_read_is_not_fired(netpulse: NetPulse) -> None:
    told = Told(netpulse, READ)
    stale: list[ScheduleStatus] = netpulse.ledger.schedules.all()
    netpulse.ledger.schedules.pause("read", "nora", "")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Schedules, "all", lambda ledger: stale)
        told.tick(60)
    assert told.became() == []


def test_a_process_that_stood_still_fires_nothing_that_is_behind(netpulse: NetPulse) -> None:
    told = Told(netpulse, replace(READ, overlap=Overlap.ALLOW))
    stale: list[ScheduleStatus] = netpulse.ledger.schedules.all()
    told.tick(190)
    assert [fire.due_times for fire in netpulse.ledger.fires.page("read")] == [3]
    late = Ticker(netpulse, [told.schedule])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Schedules, "all", lambda ledger: stale)
        late.tick(told.anchor + 130)
    assert told.became() == [(180, FireState.FIRED)], "the one at 120 stands in the run of the one at 180"
