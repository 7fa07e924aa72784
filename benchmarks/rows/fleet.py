"""How long one command takes on a thousand devices through the whole system: sessions to be opened, and open."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.bench import Bench
from benchmarks.figures import Figure, Goal, Row, Samples, alternated, compared
from benchmarks.side import Side

COMMAND = "show version"
ROUND_TRIP = 0.02
SLOTS = 200
WORKERS = (50, 100)
"""The numbers of threads that Nornir is tried with; with 200, some of its logins failed."""
DEFAULT = 20
"""Nornir's own number."""
GOALS = {"cold": (3.0, 4.0), "warm": (8.0, 0.6)}
"""Times as fast as Nornir at its best, and seconds for the whole fleet."""


def measure(bench: Bench) -> Row:
    """Compare a run over all devices with Nornir's, which opens its sessions with nornir_netmiko."""
    devices = bench.size(1000, 100)
    workers = (*WORKERS, DEFAULT) if not bench.quick else (WORKERS[-1],)
    row = Row("fleet", f"`{COMMAND}` on {devices:,} devices over the driver ssh, round trip {ROUND_TRIP * 1000:g} ms.")
    site = bench.folder / "fleet"
    with Side("lab", devices, site / "inventory", "ssh") as lab:
        lab.ask("round_trip", seconds=ROUND_TRIP)
        sides = [partial(_netpulse, site, devices), *(partial(_nornir, site, number, devices) for number in workers)]
        samples = alternated(bench.rounds, sides, bench.teller(f"fleet of {devices}"))
    for state, (ratio, seconds) in GOALS.items():
        row.figures += _times(samples, workers, state, ratio, None if bench.quick else seconds)
    row.figures += [_cpu(samples, workers, state) for state in GOALS]
    return row


def _times(samples: Samples, workers: Sequence[int], state: str, ratio: float, seconds: float | None) -> list[Figure]:
    best = min(workers, key=lambda number: median(samples[f"nornir-{number}.{state}"]))
    why = f"its best of {', '.join(map(str, sorted(workers)))}"
    asked: list[tuple[int, str, Goal | None]] = [(best, why, Goal("ratio", "≥", ratio))]
    if seconds is not None:
        asked.append((best, why, Goal("ours", "≤", seconds)))
    if DEFAULT in workers:
        asked.append((DEFAULT, "its default", None))
    return [
        compared(
            samples,
            f"netpulse.{state}",
            f"nornir-{number}.{state}",
            what=f"{state}, {SLOTS} slots",
            against=f"nornir, {number} workers ({what})",
            unit="s",
            goal=goal,
        )
        for number, what, goal in asked
    ]


def _cpu(samples: Samples, workers: Sequence[int], state: str) -> Figure:
    return compared(
        samples,
        f"netpulse.{state}.cpu",
        f"nornir-{max(workers)}.{state}.cpu",
        what=f"CPU of a job, {state}",
        against=f"nornir, {max(workers)} workers",
        unit="ms",
        goal=Goal("ours", "≤", 1.0) if state == "warm" else None,
    )


def _netpulse(site: Path, devices: int) -> Mapping[str, float]:
    with Side("netpulse", site, SLOTS) as side:
        return _asked(side, "netpulse", devices, target="*")


def _nornir(site: Path, workers: int, devices: int) -> Mapping[str, float]:
    with Side("nornir", site / "inventory", workers) as side:
        return _asked(side, f"nornir-{workers}", devices)


def _asked(side: Side, name: str, devices: int, **given: str) -> dict[str, float]:
    """A new process has no session, so its first run is the cold one."""
    values: dict[str, float] = {}
    for state in GOALS:
        taken = side.ask("once", command=COMMAND, **given)
        values |= {f"{name}.{state}": taken["wall"], f"{name}.{state}.cpu": taken["cpu"] / devices * 1000}
    return values
