"""What a second worker brings: one command on a thousand devices, over the same ledger and broker."""

from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from benchmarks import distributed
from benchmarks.bench import Bench
from benchmarks.commands import run
from benchmarks.figures import Figure, Row, Samples, alternated, compared
from benchmarks.side import Side
from benchmarks.stopwatch import spent
from netpulse_core.controller import NetPulse

COMMAND = "show version"
ROUND_TRIP = 0.02
SLOTS = 200
"""Of all workers together."""
WORKERS = (1, 2)
STATES = ("cold", "warm")


def measure(bench: Bench) -> Row:
    """Compare two workers with one; each new worker has no session, so its first run is the cold one."""
    devices = bench.size(1000, 100)
    row = Row(
        "workers",
        f"`{COMMAND}` on {devices:,} devices over PostgreSQL and Redis, round trip {ROUND_TRIP * 1000:g} ms, "
        f"{SLOTS} slots in one worker or in two.",
    )
    if (missing := distributed.lacking()) is not None:
        row.notes.append(f"Not measured: {missing}.")
        return row
    folder = bench.folder / "workers"
    with Side("lab", devices, folder / "inventory", "ssh") as lab, distributed.site(folder) as netpulse:
        lab.ask("round_trip", seconds=ROUND_TRIP)
        sides = [partial(_workers, netpulse, folder, number) for number in WORKERS]
        samples = alternated(bench.rounds, sides, bench.teller(f"workers of {devices} devices"))
    row.figures += [_figure(samples, state) for state in STATES]
    return row


def _figure(samples: Samples, state: str) -> Figure:
    return compared(samples, f"2.{state}", f"1.{state}", what=f"{state}, two workers", against="one worker", unit="s")


def _workers(netpulse: NetPulse, folder: Path, number: int) -> Mapping[str, float]:
    with ExitStack() as stack:
        for place in range(number):
            stack.enter_context(distributed.worker(folder, f"{number}-{place}", slots=SLOTS // number))
        distributed.until(lambda: sum(node.alive for node in netpulse.nodes()) == number)
        walls = {f"{number}.{state}": spent(partial(run, netpulse, "*", COMMAND))["wall"] for state in STATES}
    distributed.until(lambda: not any(node.alive for node in netpulse.nodes()))
    return walls
