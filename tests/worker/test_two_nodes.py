"""Two worker processes over one PostgreSQL and one Redis: one is killed, and the other does its reads."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from netpulse_core import settings
from netpulse_core.controller import NetPulse
from netpulse_core.lab import Lab
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.state import JobState
from tests.runs.service import SECRET, VARIABLE, Service, eventually, write_site

WORKER = """
import sys
from pathlib import Path
from typing import Any
from netpulse_core.model import node
node.LEASE, node.HEARTBEAT, node.SWEEP = 6.0, 0.5, 0.5
from netpulse_core import settings
from netpulse_core.worker import process
sys.exit(not process.run(settings.load(Path(sys.argv[1]), node=sys.argv[2], slots=5, grace=5.0)))
"""
"""A worker as in life, but for a shorter lease."""


@contextmanager
def working(site: Path, name: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-W", "ignore", "-c", WORKER, str(site), name]) as process:
        try:
            yield process
        finally:
            process.kill()


@dataclass(frozen=True)
class Installation:
    """Two workers, `a` and `b`, and the service as a caller sees it."""

    service: Service
    workers: dict[str, subprocess.Popen[bytes]]
    names: dict[str, str]

    def kill(self, name: str) -> None:
        """End a worker as a power cut does."""
        self.workers[name].kill()
        self.workers[name].wait()


@pytest.fixture
def installation(
    postgres_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installation]:
    for name, value in {"LEDGER": postgres_url, "BROKER": redis_url, "SECRET_KEY": "a key of the test"}.items():
        monkeypatch.setenv(f"NETPULSE_{name}", value)
    monkeypatch.setenv(VARIABLE, SECRET)
    ledger = Ledger(postgres_url)
    ledger.upgrade()
    ledger.close()
    with Lab.running(count=30, password=SECRET, username="netops") as lab:
        site = write_site(lab, tmp_path)
        with NetPulse.open(settings.load(site)) as netpulse, working(site, "a") as a, working(site, "b") as b:
            eventually(lambda: sum(node.alive for node in netpulse.nodes()) == 2, 20)
            names = {node.id: node.name for node in netpulse.nodes()}
            yield Installation(Service(netpulse, None, lab), {"a": a, "b": b}, names)  # type: ignore[arg-type]


@pytest.mark.servers("postgresql", "redis-server")
def test_the_reads_of_a_killed_worker_are_done_by_the_other(installation: Installation) -> None:
    service, names = installation.service, installation.names
    netpulse, lab = service.netpulse, service.lab

    def running() -> Counter[str]:
        held = [job for job in netpulse.jobs(run) if job.state is JobState.RUNNING and job.node]
        return Counter(names[job.node or ""] for job in held)

    # Shared out beforehand: a worker that sweeps just between acceptance and placement takes every device at once.
    keys = [device.key for device in netpulse.site.devices.values()]
    netpulse.ledger.nodes.place({key: list(names)[number % 2] for number, key in enumerate(keys)})
    run = service.submit("ask", "*", commands=["show clock", "show version"], pause=0.7)
    eventually(lambda: len(running()) == 2, 30)
    installation.kill("a")
    lost = {job.device for job in netpulse.jobs(run) if job.node and names[job.node] == "a" and not job.outcome}
    done = service.wait(run, within=45)
    assert {job.outcome for job in done.jobs} == {Outcome.OK}
    assert lost
    assert all(job.attempt == 1 + (job.device in lost) for job in done.jobs)
    assert all(names[job.node or ""] == "b" for job in done.jobs if job.device in lost)
    shared = Counter(names[job.node or ""] for job in done.jobs)
    assert shared["b"] >= 15
    logins = {name: device.journal.logins for name, device in lab.devices.items()}
    assert all(logins[name] <= 1 + (name in lost) for name in lab.devices)
    installation.workers["b"].terminate()
    assert installation.workers["b"].wait(30) == 0
    assert not any(node.alive for node in netpulse.nodes())


@pytest.mark.servers("postgresql", "redis-server")
def test_an_answer_to_one_worker_is_told_by_the_other(installation: Installation) -> None:
    service, device = installation.service, installation.service.lab.devices["leaf1"]
    asked: dict[str, Any] = {"commands": ["show privilege"], "max_age": 3600.0}
    first = service.run("send_commands", within=45, **asked)
    assert first.outcome is Outcome.OK
    installation.kill(installation.names[first.job.node or ""])
    again = service.run("send_commands", within=45, **asked)
    assert again.job.node != first.job.node
    assert again.steps[0].body == first.steps[0].body
    assert first.steps[0].age is None
    assert again.steps[0].age is not None
    assert device.journal.commands.count("show privilege") == 1
