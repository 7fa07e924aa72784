"""What open sessions cost, how long one command takes on one, and how long a login takes."""

import statistics
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml

from benchmarks.bench import Bench
from benchmarks.figures import Figure, Goal, Row, alternated, compared
from benchmarks.side import Side

COMMAND = "show version"
ROUND_TRIP = 0.02
PLACES = 12
"""Devices that are logged into one after another in one round."""

QUIET = 10.0
"""Seconds that idle sessions are watched."""


def measure(bench: Bench) -> Row:
    """Compare the pool and the driver `ssh` with netmiko, and with the least that any program needs."""
    devices = bench.size(1000, 100)
    row = Row("sessions", f"{devices:,} open sessions of the driver ssh, and one; round trip {ROUND_TRIP * 1000:g} ms.")
    folder = bench.folder / "sessions"
    with Side("lab", devices, folder) as lab:
        row.figures += _held(bench, folder, devices)
        lab.ask("round_trip", seconds=ROUND_TRIP)
        row.figures += _one(bench, folder)
    return row


def _held(bench: Bench, folder: Path, devices: int) -> list[Figure]:
    places, login = _places(folder)

    def ours() -> Mapping[str, float]:
        with Side("pool", "ssh", folder, 100) as side:
            return _kept("ours", side, side.ask("held", command=COMMAND))

    def theirs() -> Mapping[str, float]:
        with Side("netmiko", *places[0], *login) as side:
            return _kept("netmiko", side, side.ask("held", places=places[1:]))

    def _kept(name: str, side: Side, held: Mapping[str, float]) -> Mapping[str, float]:
        idle = side.ask("idle", seconds=bench.size(int(QUIET), 3))
        return {f"{name}.each": held["each"], f"{name}.all": held["all"], f"{name}.idle": max(idle, 0.01)}

    samples = alternated(bench.rounds, [ours, theirs], bench.teller("sessions, held open"))
    whole = devices >= 1000

    def figure(of: str, what: str, unit: str, goal: Goal | None) -> Figure:
        return compared(
            samples, f"ours.{of}", f"netmiko.{of}", what=what, against="netmiko, as many", unit=unit, goal=goal
        )

    return [
        figure("each", "memory of an open session", "KB", Goal("ours", "≤", 64)),
        figure("all", f"the process with {devices:,} open", "MB", Goal("ours", "≤", 120) if whole else None),
        figure("idle", f"{devices:,} open and idle", "% of a core", Goal("ours", "≤", 2)),
    ]


def _one(bench: Bench, folder: Path) -> list[Figure]:
    places, login = _places(folder)
    number = bench.size(34, 8)
    with ExitStack() as stack:
        netmiko = stack.enter_context(Side("netmiko", *places[0], *login))
        ours = stack.enter_context(Side("pool", "ssh", folder, 8))
        samples = alternated(
            bench.rounds,
            [
                lambda: _median("ours.command", ours.ask("command", command=COMMAND, number=number)),
                lambda: _median("bare", netmiko.ask("bare", command=COMMAND, number=number)),
                lambda: _median("netmiko.command", netmiko.ask("command", command=COMMAND, number=number)),
                lambda: _median("ours.first", ours.ask("first", command=COMMAND, number=PLACES)),
                lambda: _median("netmiko.first", netmiko.ask("first", command=COMMAND, places=places[:PLACES])),
            ],
            bench.teller("sessions, one command"),
        )
    samples["ours.above"] = [mine - least for mine, least in zip(samples["ours.command"], samples["bare"], strict=True)]

    def figure(ours: str, theirs: str, what: str, against: str, goal: Goal | None) -> Figure:
        return compared(samples, ours, theirs, what=what, against=against, unit="ms", goal=goal)

    return [
        figure("ours.command", "netmiko.command", "a command on an open session", "netmiko send_command", None),
        figure("ours.command", "bare", "a command on an open session", "one bare round trip", None),
        figure("ours.above", "bare", "above the bare round trip", "one bare round trip", Goal("ours", "≤", 2)),
        figure("ours.first", "netmiko.first", "login and first command", "netmiko", Goal("ours", "≤", 230)),
    ]


def _median(name: str, times: list[float]) -> dict[str, float]:
    return {name: statistics.median(times) * 1000}


def _places(folder: Path) -> tuple[list[tuple[str, int]], tuple[str, str]]:
    hosts: Mapping[str, Any] = yaml.load((folder / "hosts.yaml").read_text(), Loader=yaml.CSafeLoader)
    defaults = yaml.safe_load((folder / "defaults.yaml").read_text())
    places = [(host["hostname"], host["port"]) for host in hosts.values()]
    return places, (defaults["username"], defaults["password"])
