"""The thread that ticks: it follows the files, outlives what goes wrong, and stops when asked."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from netpulse_core.controller import NetPulse
from netpulse_core.controller import netpulse as controller
from netpulse_core.errors import Refused, ServiceError
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.event import EventKind
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import RunRequest
from netpulse_core.scheduler import service
from netpulse_core.scheduler.service import SchedulerService
from netpulse_core.settings import Settings
from tests.scheduler.conftest import NIGHTLY, Open, WriteSchedule

OFTEN = NIGHTLY.replace('cron: "0 2 * * *"', "every: 1\noverlap: allow")
PROCESS = """
import logging, sys
from pathlib import Path
from netpulse_core.scheduler.service import run
from netpulse_core.settings import load
logging.basicConfig(level="INFO")
run(load(Path(sys.argv[1])))
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "LONGEST_SLEEP", 0.05)


@pytest.fixture
def netpulse(opened: Open) -> NetPulse:
    return opened()


@pytest.fixture
def running(netpulse: NetPulse, caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], SchedulerService]]:
    """Start a service; it is stopped when the test ends."""
    caplog.set_level(logging.INFO)
    started: list[SchedulerService] = []

    def start() -> SchedulerService:
        started.append(SchedulerService(netpulse))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.stop()


def until(happened: Callable[[], Any], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def names(netpulse: NetPulse) -> list[str]:
    return [status.name for status in netpulse.ledger.schedules.all()]


@pytest.mark.thorough
def test_it_fires_what_the_files_say(
    netpulse: NetPulse, write: WriteSchedule, running: Callable[[], SchedulerService]
) -> None:
    write(OFTEN, "often.yaml")
    running()
    until(lambda: len(netpulse.runs(schedule="often")) >= 2)
    dues = netpulse.ledger.schedules.one("often")
    assert dues.last_due is not None
    assert (dues.last_due - dues.anchor) % 1 == pytest.approx(0)


def test_it_follows_the_files(
    netpulse: NetPulse,
    write: WriteSchedule,
    running: Callable[[], SchedulerService],
    caplog: pytest.LogCaptureFixture,
) -> None:
    nightly = write(NIGHTLY)
    running()
    until(lambda: names(netpulse) == ["nightly"])
    write(NIGHTLY, "other.yaml")
    until(lambda: names(netpulse) == ["nightly", "other"])
    anchor = netpulse.ledger.schedules.one("nightly").anchor
    write(NIGHTLY.replace("cron:", "corn:"))
    until(lambda: "the definition before it stays in force" in caplog.text)
    nightly_broken = netpulse.ledger.schedules.one("nightly")
    assert (nightly_broken.schedule.cron, nightly_broken.anchor) == ("0 2 * * *", anchor)
    write(NIGHTLY.replace("0 2", "0 3"), "other.yaml")
    until(lambda: netpulse.ledger.schedules.one("other").schedule.cron == "0 3 * * *")
    assert caplog.text.count("unknown key; did you mean 'cron'?") == 1, "a broken file is told once"
    nightly.unlink()
    until(lambda: names(netpulse) == ["other"])


def test_a_file_broken_at_the_start_keeps_what_the_ledger_knows_of_it(
    netpulse: NetPulse, write: WriteSchedule, running: Callable[[], SchedulerService]
) -> None:
    write(NIGHTLY)
    first = running()
    until(lambda: names(netpulse) == ["nightly"])
    first.stop()
    write("{")
    write("{", "never.yaml")
    write(NIGHTLY, "other.yaml")
    running()
    until(lambda: names(netpulse) == ["nightly", "other"])


@pytest.mark.thorough
@pytest.mark.parametrize("error", [ServiceError("the ledger is not available"), ZeroDivisionError("a defect")])
def test_it_outlives_what_goes_wrong_and_says_so_once(
    netpulse: NetPulse,
    write: WriteSchedule,
    running: Callable[[], SchedulerService],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    write(OFTEN, "often.yaml")
    tries = []

    def away() -> float:
        tries.append(1)
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(netpulse.ledger.database, "now", away)
        running()
        until(lambda: len(tries) >= 5)
    until(lambda: netpulse.runs(schedule="often"))
    assert caplog.text.count("no schedule is fired") == 1
    assert caplog.text.count("schedules are fired again") == 1


def test_what_waited_too_long_expires_where_no_worker_lives(
    netpulse: NetPulse, running: Callable[[], SchedulerService], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = asked(netpulse, deadline=0.1)
    monkeypatch.setattr(controller, "LOOK_AGAIN", 60.0)
    running()
    began = time.monotonic()
    heard = [event.kind for batch in netpulse.watch(run) for event in batch]
    assert heard == [EventKind.RUN_ACCEPTED, EventKind.JOB_FINISHED, EventKind.JOB_FINISHED, EventKind.RUN_FINISHED]
    assert time.monotonic() - began < 30, "it was not told"
    assert netpulse.get(run).counts == {Outcome.EXPIRED: 2}


def test_who_watches_what_waited_too_long_sees_it_expire_where_nothing_else_runs(
    netpulse: NetPulse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(controller, "LOOK_AGAIN", 0.05)
    watched, other = asked(netpulse, deadline=0.3), asked(netpulse, deadline=0.1)
    until = time.monotonic() + 10
    for _ in netpulse.watch(watched, stopped=lambda: time.monotonic() > until):
        pass
    assert [netpulse.get(run).counts for run in (watched, other)] == [{Outcome.EXPIRED: 2}] * 2


def asked(netpulse: NetPulse, *, deadline: float) -> str:
    request = RunRequest(
        runbook="send_commands", target="role=leaf", parameters={"commands": ["show version"]}, deadline=deadline
    )
    return netpulse.submit(request, LOCAL).run


def test_stopping_does_not_wait_for_the_next_tick(
    netpulse: NetPulse, running: Callable[[], SchedulerService], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LONGEST_SLEEP", 60.0)
    one = running()
    time.sleep(0.2)
    begun = time.monotonic()
    one.stop()
    assert time.monotonic() - begun < 1.0


def test_a_service_that_was_never_started_can_be_stopped(netpulse: NetPulse) -> None:
    SchedulerService(netpulse).stop()


def test_an_embedded_site_has_no_scheduler_process(site: Path) -> None:
    with pytest.raises(Refused, match="one process owns the site"):
        service.run(Settings(site=site))


@pytest.mark.thorough
@pytest.mark.servers("redis-server", "postgresql")
def test_the_process_runs_until_it_is_told_to_end(
    site: Path, write: WriteSchedule, opened: Open, redis_url: str, postgres_url: str
) -> None:
    write(OFTEN, "often.yaml")
    netpulse = opened(postgres_url)
    given = {"NETPULSE_LEDGER": postgres_url, "NETPULSE_BROKER": redis_url, "NETPULSE_SECRET_KEY": "0" * 32}
    command = [sys.executable, "-W", "error", "-c", PROCESS, str(site)]
    with subprocess.Popen(command, env=os.environ | given, stderr=subprocess.PIPE, text=True) as process:
        try:
            until(lambda: netpulse.runs(schedule="often") or process.poll() is not None, 60)
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=10)
        finally:
            process.kill()
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert said.count("scheduler of <site") == 1


def test_a_secret_in_clear_never_enters_the_ledger(
    site: Path,
    write: WriteSchedule,
    opened: Open,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (site / "plugins").mkdir()
    (site / "plugins" / "mine.py").write_text(
        "from netpulse_core import Secret, runbook\n\n\n@runbook\ndef rotate(task, password: Secret):\n    pass\n"
    )
    clear = NIGHTLY.replace("send_commands", "rotate").replace("{commands: [show version]}", "{password: c4nary-clear}")
    write(clear, "clear.yaml")
    write(clear.replace("c4nary-clear", "secret:core"), "right.yaml")
    netpulse = opened()
    scheduler = SchedulerService(netpulse)
    scheduler.start()
    try:
        until(lambda: names(netpulse) == ["right"])
    finally:
        scheduler.stop()
    assert "schedule clear is left out until it is repaired" in caplog.text
    kept = b"".join(path.read_bytes() for path in (site / ".netpulse").rglob("*") if path.is_file())
    assert b"c4nary-clear" not in kept
    assert "c4nary-clear" not in caplog.text
