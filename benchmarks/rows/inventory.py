"""How long ten thousand devices take to be read and chosen from."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.bench import Bench
from benchmarks.figures import Figure, Goal, Row, alternated, compared
from benchmarks.side import Side
from benchmarks.sites import generated

LOAD, FILTER = "nornir, SimpleInventory", "nornir, filter(F)"


def measure(bench: Bench) -> Row:
    """Compare reading YAML, reading it again unchanged, and choosing, with Nornir's own."""
    devices = bench.size(10_000, 2_000)
    row = Row("inventory", f"{devices:,} devices in YAML: read, read again unchanged, and `role=leaf & !site=ams`.")
    site = bench.folder / "inventory"
    generated(site / "inventory", devices)
    found: list[list[str]] = []
    sides = [lambda: _netpulse(site, found), lambda: _nornir(site, found)]
    samples = alternated(bench.rounds, sides, bench.teller(f"inventory of {devices:,}"))
    assert all(names == found[0] for names in found), "both must choose the same devices"

    def figure(ours: str, theirs: str, what: str, against: str, unit: str, goal: Goal) -> Figure:
        return compared(samples, ours, theirs, what=what, against=against, unit=unit, goal=goal)

    row.figures += [
        figure("first", "load", "first reading", LOAD, "s", Goal("ratio", "≥", 3.5)),
        figure("again", "load", "reading again, unchanged", LOAD, "s", Goal("ratio", "≥", 75)),
        figure("memory", "load memory", "memory, once read", LOAD, "MB", Goal("ours", "≤", 20)),
        figure("select", "filter", "choosing", FILTER, "ms", Goal("ratio", "≥", 20)),
    ]
    return row


def _netpulse(site: Path, found: list[list[str]]) -> Mapping[str, float]:
    shutil.rmtree(site / ".netpulse", ignore_errors=True)
    with Side("inventory", "netpulse", site) as side:
        first = side.ask("load")
    with Side("inventory", "netpulse", site) as side:
        again, chosen = side.ask("load"), _chosen(side, found)
    return {"first": first["seconds"], "again": again["seconds"], "memory": again["megabytes"], "select": chosen}


def _nornir(site: Path, found: list[list[str]]) -> Mapping[str, float]:
    with Side("inventory", "nornir", site) as side:
        load, chosen = side.ask("load"), _chosen(side, found)
    return {"load": load["seconds"], "load memory": load["megabytes"], "filter": chosen}


def _chosen(side: Side, found: list[list[str]]) -> float:
    answer: dict[str, Any] = side.ask("find", number=5)
    found.append(answer["found"])
    return float(median(answer["times"])) * 1000
