"""A worker that dies or is paused in a push: what the ledger says in the end against what the lab's device has."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netpulse_core import settings
from netpulse_core.controller import NetPulse
from netpulse_core.lab import Device, Lab
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Job, RunRequest
from netpulse_core.model.state import JobState
from netpulse_core.runs import reconciling
from netpulse_core.worker import reconciler
from netpulse_core.worker.node import Node
from tests.ledger.work import pass_time
from tests.runs.service import eventually, write_site

LINES = ["ntp server 192.0.2.7", "ntp server 192.0.2.8", "ntp server 192.0.2.9"]
LONG = 400.0
"""Seconds that pass in the ledger: more than the timeout of a push and a lease."""

VICTIM = """
import sys
from pathlib import Path
from netpulse_core.model import node
node.SWEEP = 0.2
from netpulse_core import settings
from netpulse_core.worker import process
process.run(settings.load(Path(sys.argv[1]), node="victim", reconcile=False))
"""


@pytest.fixture
def netpulse(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NetPulse]:
    """The site, with nobody at work on it."""
    monkeypatch.setattr(reconciler, "EVERY", 0.1)
    monkeypatch.setattr(reconciling, "SETTLE", 0.05)
    monkeypatch.setattr("netpulse_core.worker.reaper.LEASE", 0.1)
    with NetPulse.open(settings.load(write_site(lab, tmp_path), reconcile=True, grace=5.0, slots=8)) as opened:
        yield opened


@contextmanager
def victim(netpulse: NetPulse, failpoint: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """A worker process that ends or stops itself at a step of the protocol."""
    command = [sys.executable, "-W", "ignore", "-c", VICTIM, str(netpulse.settings.site)]
    with subprocess.Popen(command, env={**os.environ, "NETPULSE_FAILPOINT": failpoint}) as process:
        try:
            yield process
        finally:
            process.kill()


def submit(netpulse: NetPulse, lines: list[str] = LINES) -> str:
    request = RunRequest(runbook="send_config", target="leaf1", parameters={"lines": lines})
    return netpulse.submit(request, LOCAL).run


def job_of(netpulse: NetPulse, run: str) -> Job:
    (job,) = netpulse.jobs(run)
    return job


def wait_until_it_stops(process: subprocess.Popen[bytes]) -> None:
    """Return when the process has stopped once more."""
    eventually(lambda: os.waitpid(process.pid, os.WUNTRACED | os.WNOHANG)[0], 60)


def judged(netpulse: NetPulse, run: str) -> Job:
    """The job after another worker has come, long after, and looked into it."""
    pass_time(netpulse.ledger, LONG)
    heir = Node(netpulse)
    heir.start()
    try:
        eventually(lambda: job_of(netpulse, run).outcome not in (None, Outcome.IN_DOUBT), 40)
    finally:
        heir.stop()
    return job_of(netpulse, run)


def ntp(device: Device) -> list[str]:
    return [line for line in device.running_config.splitlines() if line.startswith("ntp server 192.0.2.")]


def truth(device: Device) -> Outcome:
    return {0: Outcome.NOT_APPLIED, len(LINES): Outcome.CHANGED}.get(len(ntp(device)), Outcome.PARTIAL)


@pytest.mark.parametrize(
    "failpoint",
    [
        "sent=kill@2",
        *(
            pytest.param(point, marks=pytest.mark.thorough)
            for point in ("crossed=kill", "sent=kill", "sent=kill@3", "sent=kill@4", "ended=kill", "concluding=kill")
        ),
    ],
)
def test_what_a_killed_worker_left_is_told_as_it_is(netpulse: NetPulse, leaf: Device, failpoint: str) -> None:
    with victim(netpulse, failpoint) as process:
        run = submit(netpulse)
        assert process.wait(60) == -signal.SIGKILL
    job = judged(netpulse, run)
    assert job.state is JobState.FINISHED
    assert job.outcome is truth(leaf), job.problem
    assert leaf.journal.configured <= 1


@pytest.mark.thorough
def test_a_worker_killed_while_the_device_obeys_a_line(netpulse: NetPulse, leaf: Device) -> None:
    leaf.faults.slow = {"192.0.2.8": 3.0}
    with victim(netpulse) as process:
        run = submit(netpulse)
        eventually(lambda: LINES[1] in leaf.journal.commands, 60)
        process.kill()
        process.wait()
    job = judged(netpulse, run)
    assert job.outcome is truth(leaf), job.problem


@pytest.mark.parametrize(
    "failpoint",
    ["sent=stop@2", *(pytest.param(one, marks=pytest.mark.thorough) for one in ("crossed=stop", "sent=stop"))],
)
def test_a_paused_workers_line_does_not_land_after_the_judgement(
    netpulse: NetPulse, leaf: Device, failpoint: str
) -> None:
    with victim(netpulse, f"{failpoint},ended=stop") as process:
        run = submit(netpulse)
        wait_until_it_stops(process)
        (session,) = [one for one in leaf.journal.sessions if one.live]
        job = judged(netpulse, run)
        assert not session.live
        assert session.ending == "cleared"
        then = ntp(leaf)
        assert job.outcome is truth(leaf), job.problem
        process.send_signal(signal.SIGCONT)
        wait_until_it_stops(process)  # once more, when it has done all it still could
        assert leaf.journal.wait_until_idle()
        assert ntp(leaf) == then
        assert job_of(netpulse, run).outcome is job.outcome


@pytest.mark.thorough
def test_a_worker_that_dies_while_it_looks_is_followed_by_another(netpulse: NetPulse, leaf: Device) -> None:
    with victim(netpulse, "sent=kill@2") as process:
        run = submit(netpulse)
        process.wait(60)
    pass_time(netpulse.ledger, LONG)
    leaf.faults.slow = {"show": 3.0}
    looks = VICTIM.replace("reconcile=False", "reconcile=True").replace(
        "from netpulse_core import settings\n",
        "from netpulse_core import settings\nfrom netpulse_core.worker import reaper, reconciler\n"
        "reaper.LEASE, reconciler.EVERY = 0.1, 0.1\n",
    )
    command = [sys.executable, "-W", "ignore", "-c", looks, str(netpulse.settings.site)]
    with subprocess.Popen(command) as second:
        eventually(lambda: "show tcp brief" in leaf.journal.commands, 60)
        second.kill()
    leaf.faults.heal()
    job = judged(netpulse, run)
    assert job.outcome is truth(leaf), job.problem
