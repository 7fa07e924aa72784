"""Files planned and applied, schedules made by API kept apart from them, and what is next in words."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from netpulse_core.controller import NetPulse
from netpulse_core.controller.scheduling import Scheduling
from netpulse_core.errors import InvalidParameters, NotPermitted, Refused
from netpulse_core.model.caller import LOCAL, Caller, Scope
from netpulse_core.model.run import RunRequest
from netpulse_core.model.schedule import FireState, Gap, Misfire, Pause, Schedule, ScheduleStatus, Source
from netpulse_core.model.scheduleplan import ChangeKind
from netpulse_core.scheduler.ticker import Ticker
from netpulse_core.settings import Settings
from netpulse_core.timing.ahead import ahead
from netpulse_core.timing.planning import planned
from tests.scheduler.conftest import NIGHTLY, Open, WriteSchedule

ASKED = {"runbook": "send_commands", "target": "role=leaf", "parameters": {"commands": ["show version"]}}
MADE = {**ASKED, "every": "1h"}
NORA = Caller(name="nora", role="engineer")


@pytest.fixture
def netpulse(opened: Open) -> NetPulse:
    return opened()


@pytest.fixture
def schedules(netpulse: NetPulse) -> Scheduling:
    return Scheduling(netpulse)


def changes(schedules: Scheduling) -> dict[str, ChangeKind]:
    return {change.name: change.kind for change in schedules.plan(LOCAL).changes}


def test_a_plan_says_key_by_key_what_applying_makes_so(schedules: Scheduling, write: WriteSchedule) -> None:
    nightly = write(NIGHTLY)
    write(NIGHTLY, "other.yaml")
    assert changes(schedules) == {"nightly": ChangeKind.ADDED, "other": ChangeKind.ADDED}
    schedules.apply(LOCAL)
    assert changes(schedules) == {}
    nightly.unlink()
    write(NIGHTLY.replace("0 2", "0 3").replace("show version", "show clock") + "jitter: 5m\n", "other.yaml")
    gone, other = schedules.plan(LOCAL).changes
    assert (gone.name, gone.kind) == ("nightly", ChangeKind.REMOVED)
    assert other.keys == {
        "cron": ("0 2 * * *", "0 3 * * *"),
        "jitter": (None, 300.0),
        "parameters.commands": (["show version"], ["show clock"]),
    }
    schedules.apply(NORA)
    assert [status.name for status in schedules.seen(LOCAL)] == ["other"]


def test_a_file_with_an_error_lets_nothing_be_applied(
    schedules: Scheduling, write: WriteSchedule, netpulse: NetPulse
) -> None:
    write(NIGHTLY)
    schedules.apply(LOCAL)
    write(NIGHTLY.replace("cron:", "corn:"))
    write(NIGHTLY, "other.yaml")
    plan = schedules.plan(LOCAL)
    assert plan.broken
    assert [remark.place for remark in plan.remarks] == ["schedules/nightly.yaml:3:corn", "schedules/nightly.yaml"]
    write(NIGHTLY + "role: enginer\n", "third.yaml")
    assert [remark.message for remark in schedules.plan(LOCAL).remarks][
        -1
    ] == "no role 'enginer'; did you mean 'engineer'?"
    assert [change.name for change in plan.changes] == ["other"], "what is broken is neither changed nor removed"
    with pytest.raises(InvalidParameters, match="unknown key"):
        schedules.apply(LOCAL)
    assert [status.name for status in netpulse.ledger.schedules.all()] == ["nightly"]


def test_only_the_plan_that_was_read_is_applied(schedules: Scheduling, write: WriteSchedule) -> None:
    write(NIGHTLY)
    read = schedules.plan(LOCAL)
    write(NIGHTLY.replace("0 2", "0 4"))
    with pytest.raises(Refused, match="not what applying would do any more"):
        schedules.apply(LOCAL, read.id)
    assert schedules.seen(LOCAL) == []
    schedules.apply(LOCAL, schedules.plan(LOCAL).id)


def test_a_plan_says_that_parameters_would_be_sealed_anew(
    schedules: Scheduling, netpulse: NetPulse, opened: Open, write: WriteSchedule
) -> None:
    write(NIGHTLY.replace("show version", "enable secret 0 hunter2hunter2"))
    schedules.apply(LOCAL)
    assert changes(schedules) == {}
    (known,) = schedules.seen(LOCAL)
    (netpulse.settings.state / "store.keys").write_text("11" * 32 + "\n")  # the former one is lost
    started_anew = Scheduling(opened())
    assert changes(started_anew) == {"nightly": ChangeKind.SEALED}
    started_anew.apply(LOCAL)
    assert changes(started_anew) == {}
    (again,) = started_anew.seen(LOCAL)
    assert (again.unopened, again.anchor) == ("", known.anchor)


def test_a_plan_promises_no_seal_without_a_key(schedules: Scheduling) -> None:
    status = replace(lost(), unopened="is under a key that is not here")
    assert planned(Path(), [status.schedule], (), [status], dict, waits=True, seals=False).changes == ()


def lost() -> ScheduleStatus:
    asked = Schedule(name="nightly", request=RunRequest(runbook="send_config", target="all"), every=60.0)
    return ScheduleStatus(name="nightly", schedule=asked, anchor=0.0)


def test_files_and_the_api_keep_their_hands_off_each_other(
    schedules: Scheduling, netpulse: NetPulse, write: WriteSchedule
) -> None:
    made = schedules.make("made", MADE, NORA)
    assert (made.source, made.made_by, made.schedule.role) == (Source.API, "nora", "engineer")
    write(NIGHTLY)
    netpulse.ledger.schedules.know([])
    schedules.apply(LOCAL)
    assert [status.name for status in schedules.seen(LOCAL)] == ["made", "nightly"]
    for name in ("nightly", "made"):
        with pytest.raises(Refused):
            schedules.make(name, MADE, LOCAL)
    with pytest.raises(Refused, match="that of a file"):
        schedules.replace("nightly", MADE, LOCAL)
    with pytest.raises(Refused, match="that of a file"):
        schedules.remove("nightly", LOCAL)
    write(NIGHTLY, "made.yaml")
    assert changes(schedules) == {"made": ChangeKind.REFUSED}
    schedules.apply(LOCAL)
    assert schedules.one("made", LOCAL).schedule.every == 3600.0
    same = schedules.replace("made", MADE, NORA)
    assert same.anchor == made.anchor
    other = schedules.replace("made", {**MADE, "every": "2h"}, NORA)
    assert other.anchor > made.anchor
    schedules.remove("made", NORA)
    actions = [record.action for record in netpulse.ledger.audit.page(object="made", actor="nora")]
    assert actions == ["schedule.removed", "schedule.changed", "schedule.added"]


def test_schedules_of_both_kinds_are_fired(schedules: Scheduling, netpulse: NetPulse) -> None:
    made = schedules.make("made", MADE, NORA)
    Ticker(netpulse, []).tick(made.anchor + 3600)
    (fire,) = schedules.fires("made", LOCAL, 5)
    assert fire.state is FireState.FIRED
    assert netpulse.get(str(fire.run)).caller == "schedule:made"


@pytest.mark.parametrize(
    ("caller", "said", "problem"),
    [
        (NORA, {**MADE, "role": "admin"}, "role 'admin' has"),
        (Caller(name="olaf", role="operator"), MADE, "may not do this"),
        (Caller(name="olaf", role="engineer", scope=Scope(target="role=leaf")), MADE, "narrowed key never has"),
    ],
)
def test_nobody_makes_a_schedule_that_may_more_than_they(
    schedules: Scheduling, caller: Caller, said: dict[str, object], problem: str
) -> None:
    with pytest.raises(NotPermitted, match=problem):
        schedules.make("made", said, caller)
    schedules.make("other", MADE, LOCAL)
    with pytest.raises(NotPermitted, match=problem):
        schedules.replace("other", said, caller)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({**MADE, "cron": "@daily"}, "both `cron` and `every` say when"),
        ({**ASKED, "at": "2027-02-30T00:00:00Z"}, "at: '2027-02-30T00:00:00Z' is no instant"),
        ({**MADE, "overlap": "que"}, "did you mean 'queue'"),
        ({**MADE, "parameters": {"comands": []}}, "unknown parameter 'comands'"),
        ({**MADE, "target": "role="}, "expected a value"),
        ({**MADE, "role": "boss"}, "role: 'boss' is none of"),
    ],
)
def test_what_no_file_may_say_the_api_may_not_either(
    schedules: Scheduling, said: dict[str, object], problem: str
) -> None:
    with pytest.raises(InvalidParameters, match=problem):
        schedules.make("made", said, LOCAL)
    assert schedules.seen(LOCAL) == []


def test_where_files_wait_the_ledgers_word_is_fired(site: Path, write: WriteSchedule) -> None:
    write(NIGHTLY.replace('cron: "0 2 * * *"', "every: 60"))
    with NetPulse.open(Settings(site=site, schedules_wait=True)) as netpulse:
        schedules = Scheduling(netpulse)
        assert schedules.plan(LOCAL).waits
        schedules.apply(LOCAL)
        write(NIGHTLY)
        anchor = schedules.one("nightly", LOCAL).anchor
        Ticker(netpulse, None).tick(anchor + 60)
        assert [fire.state for fire in schedules.fires("nightly", LOCAL, 5)] == [FireState.FIRED]


def test_a_run_by_hand_is_its_persons(schedules: Scheduling, netpulse: NetPulse) -> None:
    schedules.make("made", MADE, NORA)
    before = schedules.one("made", LOCAL)
    run = netpulse.get(schedules.run_now("made", NORA, key="once").run)
    assert (run.caller, run.schedule) == ("nora", "made")
    assert schedules.run_now("made", NORA, key="once").run == run.id
    assert schedules.one("made", LOCAL) == before
    with pytest.raises(NotPermitted):
        schedules.run_now("made", Caller(name="vera", role="viewer"))


def looked(status: ScheduleStatus, now: str, count: int = 4) -> Iterator[tuple[str, bool, str]]:
    at = datetime.fromisoformat(now).timestamp()
    for each in ahead(status, at, count, Misfire.RUN).upcoming:
        yield each.local, each.starts_at is not None, each.reason


def status(cron: str, **more: object) -> ScheduleStatus:
    request = RunRequest(runbook="send_commands", target="*")
    schedule = Schedule(name="s", request=request, cron=cron, timezone="Europe/Berlin", **more)  # type: ignore[arg-type]
    return ScheduleStatus(name="s", schedule=schedule, anchor=0.0)


def test_next_says_why_a_time_is_skipped() -> None:
    found = list(looked(status("30 2 * * *", gap=Gap.SKIP), "2026-03-28T12:00Z", 2))
    assert found[0] == ("Sun 2026-03-29 02:30:00", False, "skipped: the clock is set forward over it (gap: skip)")
    assert found[1] == ("Mon 2026-03-30 02:30:00 CEST", True, "")
    found = list(looked(status("30 2 * * *"), "2026-03-28T12:00Z", 1))
    assert found[0][:2] == ("Sun 2026-03-29 02:30:00", True)
    assert "it is due then, Sun 2026-03-29 03:00:00 CEST" in found[0][2]
    first, second, after = looked(status("30 2 * * *"), "2026-10-24T12:00Z", 3)
    assert first[:2] == ("Sun 2026-10-25 02:30:00 CEST", True)
    assert second == (
        "Sun 2026-10-25 02:30:00 CET",
        False,
        "skipped: this local time comes twice, and this is the second (fold: first)",
    )
    assert after == ("Mon 2026-10-26 02:30:00 CET", True, "")
    paused = ScheduleStatus(name="s", schedule=status("0 2 * * *").schedule, anchor=0.0, paused=Pause(at=1.0, by="ann"))
    assert [each[1:] for each in looked(paused, "2026-10-24T12:00Z", 1)] == [(False, "skipped: paused by ann")]
