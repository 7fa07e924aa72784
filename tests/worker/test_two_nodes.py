"""Two worker processes over one PostgreSQL and one Redis: one is killed, and the other does its reads."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

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


@pytest.mark.servers("postgresql", "redis-server")
def test_the_reads_of_a_killed_worker_are_done_by_the_other(
    postgres_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"LEDGER": postgres_url, "BROKER": redis_url, "SECRET_KEY": "a key of the test"}.items():
        monkeypatch.setenv(f"NETPULSE_{name}", value)
    monkeypatch.setenv(VARIABLE, SECRET)
    ledger = Ledger(postgres_url)
    ledger.upgrade()
    ledger.close()
    with ExitStack() as stack:
        lab = stack.enter_context(Lab.running(count=30, password=SECRET, username="netops"))
        site = write_site(lab, tmp_path)
        netpulse = stack.enter_context(NetPulse.open(settings.load(site)))
        service = Service(netpulse, None, lab)  # type: ignore[arg-type]
        workers = {name: stack.enter_context(working(site, name)) for name in ("a", "b")}
        eventually(lambda: sum(node.alive for node in netpulse.nodes()) == 2, 20)
        names = {node.id: node.name for node in netpulse.nodes()}

        def running() -> Counter[str]:
            held = [job for job in netpulse.jobs(run) if job.state is JobState.RUNNING and job.node]
            return Counter(names[job.node or ""] for job in held)

        run = service.submit("ask", "*", commands=["show clock", "show version"], pause=0.7)
        eventually(lambda: len(running()) == 2, 30)
        workers["a"].kill()
        workers["a"].wait()
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
        workers["b"].terminate()
        assert workers["b"].wait(10) == 0
        assert not any(node.alive for node in netpulse.nodes())
