"""How long one command takes on a whole fleet, with every session to be opened and with all of them open."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.bench import Bench
from benchmarks.figures import Figure, Goal, Row, Samples, alternated, compared
from benchmarks.side import Side

COMMAND = "show version"
ROUND_TRIP = 0.02
SLOTS = (32, 100)
DEFAULT, SAME, WORKERS = 20, 32, (20, 32, 50, 100)
"""Nornir's own number of workers, ours, and all that Nornir is tried with."""


def measure(bench: Bench) -> Row:
    """Compare a run over all devices with Nornir's, which opens its sessions with nornir_netmiko."""
    devices = bench.size(200, 60)
    slots, workers = (SLOTS, WORKERS) if not bench.quick else ((SAME,), (SAME, 100))
    row = Row("fleet", f"`{COMMAND}` on {devices} devices, round trip {ROUND_TRIP * 1000:g} ms, netmiko on both sides.")
    site = bench.folder / "fleet"
    with Side("lab", devices, site / "inventory") as lab:
        lab.ask("round_trip", seconds=ROUND_TRIP)
        sides = [partial(_netpulse, site, number, devices) for number in slots]
        sides += [partial(_nornir, site, number, devices) for number in workers]
        samples = alternated(bench.rounds, sides, bench.teller(f"fleet of {devices}"))
    row.figures += _times(samples, slots, workers) + _cpu(samples)
    return row


def _times(samples: Samples, slots: Sequence[int], workers: Sequence[int]) -> list[Figure]:
    figures = []
    for state, of_best, of_default in (("cold", 3.0, 6.0), ("warm", 8.0, 12.0)):
        mine, best = _best(samples, "netpulse", slots, state), _best(samples, "nornir", workers, state)
        cases: list[tuple[int, int, str, Goal | None]] = [(SAME, SAME, "as many workers", None)]
        if DEFAULT in workers:
            cases.append((SAME, DEFAULT, "its default", Goal("ratio", "≥", of_default)))
        cases.append((mine, best, "its best of " + ", ".join(map(str, workers)), Goal("ratio", "≥", of_best)))
        figures += [
            compared(
                samples,
                f"netpulse-{width}.{state}",
                f"nornir-{number}.{state}",
                what=f"{state}, {width} slots",
                against=f"nornir, {number} workers ({why})",
                unit="s",
                goal=goal,
            )
            for width, number, why, goal in cases
        ]
    return figures


def _cpu(samples: Samples) -> list[Figure]:
    goals = {"cold": Goal("ratio", "≥", 2.0), "warm": Goal("ours", "≤", 1.0)}
    return [
        compared(
            samples,
            f"netpulse-{SAME}.{state}.cpu",
            f"nornir-{SAME}.{state}.cpu",
            what=f"CPU of a device, {state}, {SAME} slots",
            against=f"nornir, {SAME} workers",
            unit="ms",
            goal=goal,
        )
        for state, goal in goals.items()
    ]


def _best(samples: Samples, side: str, numbers: Sequence[int], state: str) -> int:
    return min(numbers, key=lambda number: median(samples[f"{side}-{number}.{state}"]))


def _netpulse(site: Path, slots: int, devices: int) -> Mapping[str, float]:
    with Side("netpulse", site, slots) as side:
        return _asked(side, f"netpulse-{slots}", devices, target="*")


def _nornir(site: Path, workers: int, devices: int) -> Mapping[str, float]:
    with Side("nornir", site / "inventory", workers) as side:
        return _asked(side, f"nornir-{workers}", devices)


def _asked(side: Side, name: str, devices: int, **given: str) -> dict[str, float]:
    """A new process has no session, so its first run is the cold one."""
    values: dict[str, float] = {}
    for state in ("cold", "warm"):
        taken = side.ask("once", command=COMMAND, **given)
        values |= {f"{name}.{state}": taken["wall"], f"{name}.{state}.cpu": taken["cpu"] / devices * 1000}
    return values
