"""How long the reads of a worker that was killed wait until another runs them."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from benchmarks import postgres, redis
from benchmarks.bench import Bench
from benchmarks.figures import Goal, Row, alternated, compared
from benchmarks.side import Side
from netpulse_core import settings
from netpulse_core.controller import NetPulse
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.node import LEASE
from netpulse_core.model.outcome import Verdict
from netpulse_core.model.run import Job, RunRequest
from netpulse_core.model.state import JobState

DEVICES = 8
"""Half of them are read by the worker that is killed; what ran under a death runs next in a process of its own."""
SLOW = 3.0
"""Seconds a device takes for every answer, so that each is being read when the worker dies."""
MARGIN = 10.0
"""Seconds beyond two leases within which all of them must be at work again."""


def measure(bench: Bench) -> Row:
    """Compare the wait with the lease of a worker, before whose end nobody may take what it holds."""
    row = Row(
        "recovery", f"{DEVICES} reads, two workers over PostgreSQL and Redis, one of them killed (kill -9) at work."
    )
    missing = postgres.lacking() or redis.lacking()
    if missing is not None:
        row.notes.append(f"Not measured: {missing}.")
        return row
    site = bench.folder / "recovery"
    with ExitStack() as stack:
        lab = stack.enter_context(Side("lab", DEVICES, site / "inventory", "ssh"))
        ledger = stack.enter_context(postgres.running()).sqlalchemy_url
        broker = stack.enter_context(redis.running())
        told = {"NETPULSE_LEDGER": ledger, "NETPULSE_BROKER": broker, "NETPULSE_ALLOW_CLEAR_SECRETS": "true"}
        told |= {"NETPULSE_SECRET_KEY": "benchmark " * 4, "NETPULSE_STORE_KEYS": "5" * 64}
        os.environ.update(told)
        with closing(Ledger(ledger)) as new:
            new.upgrade()
        netpulse = stack.enter_context(NetPulse.open(settings.load(site)))

        def ours() -> Mapping[str, float]:
            return {"ours": _round(netpulse, site, lab), "lease": LEASE}

        samples = alternated(1 if bench.quick else bench.rounds, [ours], bench.teller("recovery"))
    goal = Goal("ours", "≤", 2 * LEASE + MARGIN)
    row.figures.append(
        compared(samples, "ours", "lease", what="all at work again", against="the lease", unit="s", goal=goal)
    )
    return row


def _round(netpulse: NetPulse, site: Path, lab: Side) -> float:
    lab.ask("round_trip", seconds=0.0)
    with _worker(site, "a") as first, _worker(site, "b"):
        _until(lambda: sum(node.alive for node in netpulse.nodes()) == 2)
        lab.ask("round_trip", seconds=SLOW)
        request = RunRequest(runbook="send_commands", target="*", parameters={"commands": ["show version"]})
        run = netpulse.submit(request, LOCAL).run
        _until(lambda: all(job.state is JobState.RUNNING for job in netpulse.jobs(run)))
        killed = next(node.id for node in netpulse.nodes() if node.alive and node.name == "a")
        lost = {job.device for job in netpulse.jobs(run) if job.node == killed}
        first.kill()
        began = time.monotonic()
        lab.ask("round_trip", seconds=0.0)
        _until(lambda: all(_again(job, killed) for job in netpulse.jobs(run) if job.device in lost))
        taken = time.monotonic() - began
        _until(lambda: netpulse.get(run).finished)
        assert netpulse.get(run).verdict is Verdict.SUCCESS
        assert lost, "the worker that was killed had nothing to lose"
        return taken


def _again(job: Job, killed: str) -> bool:
    return job.state is not JobState.QUEUED and job.node != killed


@contextmanager
def _worker(site: Path, name: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "netpulse_core", "worker"]
    environment = {**os.environ, "NETPULSE_SITE": str(site), "NETPULSE_NODE": name}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def _until(true: object, seconds: float = 120.0) -> None:
    until = time.monotonic() + seconds
    assert callable(true)
    while not true():
        assert time.monotonic() < until, "it did not come to that"
        time.sleep(0.1)
