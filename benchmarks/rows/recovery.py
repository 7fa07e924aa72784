"""How long the reads of a worker that was killed wait until another runs them."""

import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks import distributed
from benchmarks.bench import Bench
from benchmarks.distributed import until, worker
from benchmarks.figures import Goal, Row, alternated, compared
from benchmarks.side import Side
from netpulse_core.controller import NetPulse
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
    missing = distributed.lacking()
    if missing is not None:
        row.notes.append(f"Not measured: {missing}.")
        return row
    site = bench.folder / "recovery"
    with Side("lab", DEVICES, site / "inventory", "ssh") as lab, distributed.site(site) as netpulse:

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
    with worker(site, "a") as first, worker(site, "b"):
        until(lambda: sum(node.alive for node in netpulse.nodes()) == 2)
        lab.ask("round_trip", seconds=SLOW)
        request = RunRequest(runbook="send_commands", target="*", parameters={"commands": ["show version"]})
        run = netpulse.submit(request, LOCAL).run
        until(lambda: all(job.state is JobState.RUNNING for job in netpulse.jobs(run)))
        killed = next(node.id for node in netpulse.nodes() if node.alive and node.name == "a")
        lost = {job.device for job in netpulse.jobs(run) if job.node == killed}
        first.kill()
        began = time.monotonic()
        lab.ask("round_trip", seconds=0.0)
        until(lambda: all(_again(job, killed) for job in netpulse.jobs(run) if job.device in lost))
        taken = time.monotonic() - began
        until(lambda: netpulse.get(run).finished)
        assert netpulse.get(run).verdict is Verdict.SUCCESS
        assert lost, "the worker that was killed had nothing to lose"
        return taken


def _again(job: Job, killed: str) -> bool:
    return job.state is not JobState.QUEUED and job.node != killed
