"""How long one command takes on a thousand devices, sessions only: to be opened, and open; and what a device costs."""

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
VERY_LARGE = 10_000
WORKERS = (50, 100)
"""The numbers of threads that Nornir is tried with; with 200, some of its logins failed on this machine."""


def measure(bench: Bench) -> Row:
    """Compare the pool and the driver `ssh` with plain Nornir and nornir_netmiko."""
    devices, fewer = bench.size(1000, 150), bench.size(100, 15)
    workers = WORKERS if not bench.quick else (100,)
    row = Row(
        "devices", f"`{COMMAND}` on {devices:,} devices over the driver ssh, round trip {ROUND_TRIP * 1000:g} ms."
    )
    folder = bench.folder / "devices"
    with Side("lab", devices, folder) as lab:
        lab.ask("round_trip", seconds=ROUND_TRIP)
        sides = [partial(_ours, folder, "ours", devices), partial(_ours, folder, "fewer", fewer)]
        sides += [partial(_nornir, folder, number) for number in workers]
        samples = alternated(bench.rounds, sides, bench.teller(f"{devices} devices"))
    row.figures += _times(samples, workers, whole=not bench.quick) + _cpu(samples, devices, fewer)
    if not bench.quick:
        row.figures += _of_a_very_large_fleet(bench, fewer)
    return row


def _of_a_very_large_fleet(bench: Bench, fewer: int) -> list[Figure]:
    folder = bench.folder / "very-large"
    with Side("lab", VERY_LARGE, folder) as lab:
        lab.ask("round_trip", seconds=ROUND_TRIP)
        sides = [partial(_ours, folder, "ours", VERY_LARGE), partial(_ours, folder, "fewer", fewer)]
        samples = alternated(bench.rounds, sides, bench.teller(f"{VERY_LARGE:,} devices"))
    return _cpu(samples, VERY_LARGE, fewer)


def _times(samples: Samples, workers: Sequence[int], *, whole: bool) -> list[Figure]:
    figures = []
    for state, ratio, seconds in (("cold", 3.0, 3.5), ("warm", 8.0, 0.3)):
        best = min(workers, key=lambda number: median(samples[f"nornir-{number}.{state}"]))
        goals = [Goal("ratio", "≥", ratio), *([Goal("ours", "≤", seconds)] if whole else [])]
        figures += [
            compared(
                samples,
                f"ours.{state}",
                f"nornir-{best}.{state}",
                what=f"{state}, {SLOTS} slots",
                against=f"nornir, {best} workers (its best of {', '.join(map(str, workers))})",
                unit="s",
                goal=goal,
            )
            for goal in goals
        ]
    return figures


def _cpu(samples: Samples, devices: int, fewer: int) -> list[Figure]:
    return [
        compared(
            samples,
            f"ours.{state}.cpu",
            f"fewer.{state}.cpu",
            what=f"CPU of a device, {state}, {devices:,} devices",
            against=f"ours, {fewer} devices",
            unit="ms",
            goal=Goal("ratio", "≥", 1 / 1.2),
        )
        for state in ("cold", "warm")
    ]


def _ours(folder: Path, name: str, devices: int) -> Mapping[str, float]:
    with Side("pool", "ssh", folder, SLOTS) as side:
        side.ask("first", command=COMMAND, number=1)  # the libraries are loaded, as Nornir's are
        return _asked(side, name, devices, devices=devices)


def _nornir(folder: Path, workers: int) -> Mapping[str, float]:
    with Side("nornir", folder, workers) as side:
        return _asked(side, f"nornir-{workers}", 1)


def _asked(side: Side, name: str, count: int, **given: int) -> dict[str, float]:
    values: dict[str, float] = {}
    for state in ("cold", "warm"):
        taken = side.ask("once", command=COMMAND, **given)
        values |= {f"{name}.{state}": taken["wall"], f"{name}.{state}.cpu": taken["cpu"] / count * 1000}
    return values
