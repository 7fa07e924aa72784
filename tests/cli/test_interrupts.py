"""Signals to a command that carries its own service stop it as Ctrl-C does, and nothing half-way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from netpulse_core.ledger.ledger import Ledger
from tests.runs.service import eventually

SLOW = """
import time
from pathlib import Path

from netpulse_core import Result, Task, runbook


@runbook(changes=True)
def slow(task: Task) -> Result:
    \"\"\"Take a while.\"\"\"
    with Path(__file__).with_name("begun").open("a") as file:
        file.write("x")
    time.sleep(1.5)
    return Result(host=task.host)
"""


def started(site: Path, *before: str) -> subprocess.Popen[str]:
    (site / "plugins" / "slow.py").write_text(SLOW)
    (site / "netpulse.toml").write_text("slots = 1\n")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NETPULSE_")}
    command = [sys.executable, "-m", "netpulse_core", "--site", str(site), "run", "slow", "-t", "*", "--yes"]
    words = ["env", "--default-signal=HUP,INT", *before, *command]  # the tests themselves may run under nohup
    process = subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean
    )
    eventually(lambda: (site / "plugins" / "begun").exists(), within=60)
    return process


def states(site: Path) -> list[str]:
    with closing(Ledger(f"sqlite:///{site / '.netpulse' / 'ledger.sqlite3'}")) as ledger:
        (run,) = ledger.runs.page()
        return [str(job.outcome or job.state) for job in ledger.jobs.of_run(run.id)]


@pytest.mark.thorough
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_what_has_not_begun_to_change_is_cancelled_and_the_service_drained(site: Path, number: int, code: int) -> None:
    process = started(site)
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert process.returncode == code, told
    assert "the service of this command stops with it" in told
    assert set(states(site)) == {"cancelled"}  # also the one at work, which the next command would do otherwise


@pytest.mark.thorough
def test_a_command_under_nohup_outlives_its_terminal(site: Path) -> None:
    process = started(site, "nohup")
    process.send_signal(signal.SIGHUP)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    assert set(states(site)) == {"ok"}
