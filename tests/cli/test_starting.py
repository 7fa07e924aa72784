"""A command that comes while the service of its site starts waits for it, and says so where it waited in vain."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from netpulse_core.cli import place
from netpulse_core.controller import NetPulse
from netpulse_core.embedded.process import Embedded
from netpulse_core.embedded.site_lock import SiteLock
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.run import RunRequest
from netpulse_core.model.state import JobState
from netpulse_core.settings import load
from tests.cli.conftest import Netpulse

pytestmark = pytest.mark.thorough

Said = Callable[..., Result]


def test_a_service_that_is_starting_is_waited_for(netpulse: Netpulse, site: Path) -> None:
    lock, says = site / ".netpulse/lock", site / ".netpulse/service.json"
    words = [sys.executable, "-m", "netpulse_core", "--site", str(site), "up", "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as up:
        try:
            until = time.monotonic() + 60
            while not lock.exists() and time.monotonic() < until:
                time.sleep(0.005)
            assert not says.exists()
            up.send_signal(signal.SIGSTOP)  # a machine that is busy: the question comes before the answer
            threading.Timer(3.0, up.send_signal, (signal.SIGCONT,)).start()
            asked = netpulse("--site", site, "runs")
        finally:
            up.send_signal(signal.SIGCONT)
            up.terminate()
            up.wait(60)
    assert (asked.returncode, asked.stderr) == (0, "")


def test_a_service_that_began_after_the_question_is_looked_for_again(said: Said, site: Path) -> None:
    (site / ".netpulse").mkdir()
    with (site / ".netpulse/lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)  # free for who asks, taken for who would begin
        threading.Timer(1.5, fcntl.flock, (lock, fcntl.LOCK_UN)).start()
        asked = said("--site", site, "runs")
    assert asked.exit_code == 0, asked.output


def test_one_that_goes_away_is_waited_for_no_longer(said: Said, site: Path) -> None:
    lock = SiteLock(site / ".netpulse")
    lock.__enter__()
    threading.Timer(0.5, lock.__exit__).start()
    asked = said("--site", site, "runs")
    assert asked.exit_code == 0, asked.output


def test_one_that_says_nothing_is_still_starting(said: Said, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "_PATIENCE", 0.3)
    with SiteLock(site / ".netpulse"):
        asked = said("--site", site, "runs")
    assert asked.exit_code == 3
    assert "does not answer yet: it is still starting" in asked.output
    assert "try again" in asked.output


def test_a_command_that_only_looks_goes_on_with_nothing_that_earlier_ones_left(said: Said, site: Path) -> None:
    settings = load(site)
    with NetPulse.open(settings) as netpulse:
        run = netpulse.submit(RunRequest(runbook="probe", target="leaf1"), LOCAL).run
        for words in (("runs",), ("show", run), ("explain", run, "leaf1"), ("devices",), ("config", "list")):
            assert said("--site", site, *words).exit_code == 0, words
        (job,) = netpulse.jobs(run)
        assert (job.state, job.attempt) == (JobState.QUEUED, 0)
        watched = said("--site", site, "show", run, "--watch")
        (job,) = netpulse.jobs(run)
    assert (watched.exit_code, job.state) == (4, JobState.FINISHED), watched.output


def test_a_command_that_needs_a_worker_waits_for_one_that_only_looks(
    said: Said, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "_PATIENCE", 0.3)
    with Embedded(load(site), port=0, scheduler=False, worker=False):
        assert said("--site", site, "devices").exit_code == 0
        asked = said("--site", site, "run", "probe", "-t", "leaf1")
    assert asked.exit_code == 3
    assert "another command reads the site" in asked.output
    assert "still starting" not in asked.output
