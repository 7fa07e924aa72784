"""A process that dies at any step of the protocol leaves just that behind, and the next one makes just this of it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netpulse_core.failpoints import VARIABLE, Point
from netpulse_core.lab import Lab
from tests.protocol.life import DEVICE, LINE
from tests.runs.service import SECRET, write_site
from tests.runs.service import VARIABLE as PASSWORD

ROOT = Path(__file__).parents[2]
A_DAY_LESS = 3600.0


@pytest.fixture
def lab() -> Iterator[Lab]:
    """One device that keeps a journal of its own, and lives through everything."""
    with Lab.running(count=1, password=SECRET, username="netops") as running:
        yield running


def live(site: Path, *, failpoint: str = "") -> subprocess.CompletedProcess[str]:
    """Live once, and be killed where the failpoint says."""
    told = {PASSWORD: SECRET, VARIABLE: failpoint, "PYTHONPATH": str(ROOT), "NETPULSE_RECONCILE": "true"}
    environment = os.environ | told
    command = [sys.executable, "-W", "ignore", "-m", "tests.protocol.life", str(site), str(A_DAY_LESS)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)


CHANGED_AT_ONCE = {"state": "finished", "outcome": "changed", "attempt": 1, "runs": 1}
CHANGED_AGAIN = CHANGED_AT_ONCE | {"attempt": 2}
NOT_APPLIED = CHANGED_AT_ONCE | {"outcome": "not_applied"}

ENDS = {
    (Point.ACCEPTING,): CHANGED_AT_ONCE,  # nothing was recorded, and the caller asks again
    (Point.ACCEPTED,): CHANGED_AT_ONCE,  # recorded, unanswered and unrung: asking again finds it
    (Point.CLAIMING,): CHANGED_AT_ONCE,
    (Point.CLAIMED,): CHANGED_AGAIN,
    (Point.CROSSING,): CHANGED_AGAIN,
    # From here on nobody does it again: the device is read, and what it shows is what happened.
    (Point.CROSSED,): NOT_APPLIED,
    (Point.SENT,): CHANGED_AT_ONCE,
    (Point.ENDED,): CHANGED_AT_ONCE,
    (Point.CONCLUDING,): CHANGED_AT_ONCE,
    (Point.CONCLUDED,): CHANGED_AT_ONCE,
    (Point.CLAIMED, Point.REAPING): CHANGED_AGAIN,  # who gave the job back died before it was written
    (Point.SENT, Point.DOUBTING): CHANGED_AT_ONCE,
    (Point.SENT, Point.LOOKING): CHANGED_AT_ONCE,
    (Point.CROSSED, Point.FINDING): NOT_APPLIED,
}
SENT = {Point.SENT, Point.ENDED, Point.CONCLUDING, Point.CONCLUDED}


@pytest.mark.thorough
@pytest.mark.parametrize("points", ENDS, ids=lambda points: " and ".join(points))
def test_a_death_at_a_step_leads_to_its_end(points: tuple[Point, ...], lab: Lab, tmp_path: Path) -> None:
    site, journal = write_site(lab, tmp_path), lab.devices[DEVICE].journal
    for point in points:
        died = live(site, failpoint=f"{point}=kill")
        assert died.returncode == -signal.SIGKILL, died.stderr
    sent = bool(SENT & set(points))
    assert journal.applied.count(LINE) == sent
    last = live(site)
    assert last.returncode == 0, last.stderr
    found: dict[str, Any] = json.loads(last.stdout)
    assert found == ENDS[points]
    assert journal.applied.count(LINE) == (found["outcome"] == "changed")
    assert sum(LINE in session.applied for session in journal.sessions) <= 1


def test_every_step_has_its_test() -> None:
    assert {point for points in ENDS for point in points} == set(Point)


@pytest.mark.parametrize("asked", ["nowhere=kill", "crossed=burn", "crossed=kill@soon"])
def test_a_failpoint_that_is_none_stops_the_process_at_its_start(asked: str) -> None:
    words = [sys.executable, "-c", "import netpulse_core.failpoints"]
    done = subprocess.run(words, env=os.environ | {VARIABLE: asked}, capture_output=True, check=False)
    assert done.returncode == 1
