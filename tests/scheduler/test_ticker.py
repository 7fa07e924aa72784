"""A due time is one run, on real ledgers, whoever ticks and however often."""

import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from netpulse_core.controller import NetPulse
from netpulse_core.controller.scheduling import Scheduling
from netpulse_core.errors import Refused, ServiceError
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.run import Run, RunRequest
from netpulse_core.model.schedule import Due, FireState, Misfire, Overlap, Schedule, ScheduleStatus
from netpulse_core.scheduler.ticker import LOOK_AGAIN, OTHERS, Ticker
from tests.scheduler.conftest import Open
from tests.servers.postgres import PostgresServer

REQUEST = RunRequest(runbook="send_commands", target="role=leaf", parameters={"commands": ["show version"]})
MINUTES = Schedule(name="minutes", request=REQUEST, every=60.0, overlap=Overlap.ALLOW)
"""No worker runs what it asks for."""
NIGHTLY = Schedule(name="nightly", request=REQUEST, cron="0 2 * * *", timezone="Europe/Berlin")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers("postgresql"))])
def ledger(request: pytest.FixtureRequest) -> str:
    """The address of an empty ledger; the embedded one is in the site itself."""
    return "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


def told(netpulse: NetPulse, *schedules: Schedule) -> dict[str, ScheduleStatus]:
    return {status.name: status for status in netpulse.ledger.schedules.know(schedules)}


def runs(netpulse: NetPulse, schedule: str) -> Sequence[Run]:
    return netpulse.runs(schedule=schedule)


def test_what_is_due_is_fired_once_and_what_follows_is_announced(opened: Open, ledger: str) -> None:
    netpulse = opened(ledger)
    anchor = told(netpulse, MINUTES)["minutes"].anchor
    ticker = Ticker(netpulse, [MINUTES])
    assert ticker.tick(anchor) == anchor + LOOK_AGAIN
    assert netpulse.ledger.schedules.one("minutes").next_due == anchor + 60
    assert not runs(netpulse, "minutes")
    for _ in range(3):
        assert ticker.tick(anchor + 60) == anchor + 60 + LOOK_AGAIN
    (run,) = runs(netpulse, "minutes")
    assert (run.devices, run.caller, run.runbook) == (2, "schedule:minutes", "send_commands")
    status = netpulse.ledger.schedules.one("minutes")
    assert (status.last_due, status.next_due, status.last_run) == (anchor + 60, anchor + 120, run.id)
    assert ticker.tick(anchor + 119.5) == anchor + 120


def test_missed_due_times_give_one_run_that_of_the_latest(
    opened: Open, ledger: str, caplog: pytest.LogCaptureFixture
) -> None:
    netpulse = opened(ledger)
    anchor = told(netpulse, MINUTES)["minutes"].anchor
    ticker = Ticker(netpulse, [MINUTES])
    ticker.tick(anchor + 61)
    ticker.tick(anchor + 86_400 + 5)
    assert len(runs(netpulse, "minutes")) == 2
    status = netpulse.ledger.schedules.one("minutes")
    assert (status.last_due, status.next_due) == (anchor + 86_400, anchor + 86_460)
    assert [record.message for record in caplog.records if "missed from" in record.message]


def test_an_anchor_survives_a_restart(opened: Open, ledger: str) -> None:
    first = opened(ledger)
    anchor = told(first, MINUTES)["minutes"].anchor
    Ticker(first, [MINUTES]).tick(anchor + 61)
    first.close()
    second = opened(ledger)
    assert told(second, MINUTES)["minutes"].anchor == anchor
    ticker = Ticker(second, [MINUTES])
    ticker.tick(anchor + 119)
    assert len(runs(second, "minutes")) == 1
    ticker.tick(anchor + 120)
    assert second.ledger.schedules.one("minutes").last_due == anchor + 120


@pytest.mark.thorough
def test_racing_tickers_give_one_run_per_due_time(opened: Open, ledger: str) -> None:
    processes = [opened(ledger) for _ in range(3)]
    anchor = told(processes[0], MINUTES, NIGHTLY)["minutes"].anchor
    together = threading.Barrier(len(processes))

    def race(netpulse: NetPulse) -> None:
        ticker = Ticker(netpulse, [MINUTES, NIGHTLY])
        for count in range(1, 13):
            together.wait(30)
            ticker.tick(anchor + count * 60)

    with ThreadPoolExecutor(len(processes)) as pool:
        list(pool.map(race, processes, timeout=60))
    assert len(runs(processes[0], "minutes")) == 12
    assert processes[0].ledger.schedules.one("minutes").last_due == anchor + 720


@pytest.mark.thorough
def test_a_schedule_that_cannot_run_leaves_its_problem_and_stops_no_other(opened: Open, ledger: str) -> None:
    netpulse = opened(ledger)
    gone = Schedule(name="gone", request=RunRequest(runbook="send_comands", target="*"), every=60.0)
    empty = Schedule(
        name="empty",
        request=RunRequest(runbook="send_commands", target="role=spine", parameters=REQUEST.parameters),
        every=60.0,
    )
    schedules = (empty, gone, MINUTES)
    anchor = told(netpulse, *schedules)["minutes"].anchor
    Ticker(netpulse, schedules).tick(anchor + 60)
    assert len(netpulse.runs()) == len(runs(netpulse, "minutes")) == 1
    statuses = {status.name: status for status in netpulse.ledger.schedules.all()}
    assert "no runbook 'send_comands'" in statuses["gone"].problem
    assert "role=spine" in statuses["empty"].problem
    assert {status.last_due for status in statuses.values()} == {anchor + 60}


def test_a_defect_met_by_one_schedule_stops_no_other(
    opened: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    netpulse = opened()
    broken = Schedule(name="broken", request=REQUEST, every=60.0)
    anchor = told(netpulse, broken, MINUTES)["minutes"].anchor
    fire = netpulse.firing.fire

    def defective(due: Due) -> Any:
        if due.schedule.name == "broken":
            raise ZeroDivisionError
        return fire(due)

    monkeypatch.setattr(netpulse.firing, "fire", defective)
    ticker = Ticker(netpulse, [broken, MINUTES])
    for seconds in (60, 80, 100, 120):
        ticker.tick(anchor + seconds)
    assert len(runs(netpulse, "minutes")) == 2
    assert len([record for record in caplog.records if record.exc_info]) == 1
    monkeypatch.setattr(netpulse.firing, "fire", fire)
    ticker.tick(anchor + 140)
    assert netpulse.ledger.schedules.one("broken").last_due == anchor + 120


@pytest.mark.servers("postgresql")
def test_a_ledger_that_is_away_is_the_callers_to_know(
    opened: Open, postgres_server: PostgresServer, postgres_url: str
) -> None:
    netpulse = opened(postgres_url)
    anchor = told(netpulse, MINUTES)["minutes"].anchor
    ticker = Ticker(netpulse, [MINUTES])
    postgres_server.stop()
    with pytest.raises(ServiceError, match="the ledger is not available"):
        ticker.tick(anchor + 60)
    postgres_server.start()
    ticker.tick(anchor + 61)
    assert len(runs(netpulse, "minutes")) == 1


def test_a_disabled_schedule_is_never_due(opened: Open) -> None:
    netpulse = opened()
    told(netpulse, MINUTES)
    Ticker(netpulse, [MINUTES]).tick(netpulse.ledger.database.now())
    disabled = Schedule(name="minutes", request=REQUEST, every=60.0, enabled=False)
    anchor = told(netpulse, disabled)["minutes"].anchor
    Ticker(netpulse, [disabled]).tick(anchor + 1e6)
    assert not runs(netpulse, "minutes")
    assert netpulse.ledger.schedules.one("minutes").next_due is None
    enabled_again = told(netpulse, MINUTES)["minutes"]
    assert enabled_again.anchor >= anchor, "what passed while it was disabled is not made up for"


def test_a_definition_another_scheduler_replaced_is_not_fired(opened: Open, caplog: pytest.LogCaptureFixture) -> None:
    netpulse = opened()
    newer = Schedule(name="minutes", request=REQUEST, every=30.0)
    anchor = told(netpulse, newer)["minutes"].anchor
    ticker = Ticker(netpulse, [MINUTES, NIGHTLY])
    with caplog.at_level(logging.WARNING):
        for seconds in (60, 120, 180):
            ticker.tick(anchor + seconds)
    assert not netpulse.runs()
    assert sorted(record.getMessage().partition(":")[0] for record in caplog.records) == [
        "schedule minutes",
        "schedule nightly",
    ]


def test_a_ledger_whose_clock_was_set_back_is_looked_at_again(opened: Open) -> None:
    netpulse = opened()
    anchor = told(netpulse, MINUTES)["minutes"].anchor
    ticker = Ticker(netpulse, [MINUTES])
    ticker.tick(anchor + 3600)
    assert ticker.tick(anchor + 1800) == anchor + 1800 + LOOK_AGAIN
    assert len(runs(netpulse, "minutes")) == 1


def test_a_schedule_whose_secrets_do_not_open_here_is_refused_and_says_why(
    opened: Open, ledger: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    request = RunRequest(runbook="send_config", target="role=leaf", parameters={"lines": ["enable secret 0 hunter2"]})
    change = Schedule(name="change", request=request, every=60.0, misfire=Misfire.RUN, role="engineer")
    monkeypatch.setenv("NETPULSE_STORE_KEYS", "11" * 32)
    anchor = told(opened(ledger), change)["change"].anchor
    monkeypatch.setenv("NETPULSE_STORE_KEYS", "22" * 32)
    keyless = opened(ledger)
    for files, due in (([change], anchor + 60), (None, anchor + 120)):
        ticker = Ticker(keyless, files)
        assert ticker.tick(due) == due + LOOK_AGAIN
        assert ticker.tick(due + OTHERS - 1) <= due + OTHERS
        assert len(keyless.ledger.fires.page("change")) == (0 if files else 1), "another scheduler may have the key"
        ticker.tick(due + OTHERS)
    second, first = keyless.ledger.fires.page("change")
    for fire in (first, second):
        assert fire.state is FireState.REFUSED
        assert "nothing was asked for: what schedule change was given is under the key" in fire.problem
    assert "another scheduler reads a different file" not in caplog.text
    assert not runs(keyless, "change")
    with pytest.raises(Refused, match="nothing was asked for"):
        Scheduling(keyless).run_now("change", LOCAL)
    monkeypatch.setenv("NETPULSE_STORE_KEYS", "11" * 32)
    Ticker(opened(ledger), [change]).tick(anchor + 180)
    (run,) = runs(keyless, "change")
    assert "hunter2" not in str(run.parameters)
