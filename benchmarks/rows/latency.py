"""How long one command takes, on a session that is open and where there is none, from asking to knowing."""

import statistics
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import yaml

from benchmarks.bench import Bench
from benchmarks.figures import Figure, Goal, Row, alternated, compared
from benchmarks.side import Side

SENTENCE = "One `show version` over the driver ssh, from asking to knowing the outcome."
COMMAND = "show version"
ROUND_TRIPS = (0.0, 0.02)
MARGIN, MARGIN_P99 = 10.0, 25.0
"""Milliseconds above the round trip that a command may take, in the median and in the worst of a hundred."""
WITHOUT = 250.0
"""Milliseconds that it may take where the session has to be opened."""
PLACES = 12
"""Devices that are met for the first time in one round, by each side."""


def measure(bench: Bench) -> Row:
    """Compare a run with netmiko's `send_command`, and with the least that any program needs."""
    row = Row("latency", SENTENCE)
    site = bench.folder / "latency"
    with ExitStack() as stack:
        bench.tell("latency: starting")
        places = bench.size(PLACES, 4)
        lab = stack.enter_context(Side("lab", 1 + 2 * places * bench.rounds, site / "inventory", "ssh"))
        device, *login = _first_device(site / "inventory")
        embedded = stack.enter_context(Side("netpulse", site, 32))
        service = embedded.ask("address")
        rest = stack.enter_context(Side("sdk", service["url"], service["key"]))
        netmiko = stack.enter_context(Side("netmiko", *login))
        for seconds in ROUND_TRIPS:
            lab.ask("round_trip", seconds=seconds)
            row.figures += _at(bench, seconds * 1000, device, embedded, rest, netmiko)
        row.figures += _without(bench, places, _devices(site / "inventory")[1:], embedded, rest, netmiko)
    return row


def _without(
    bench: Bench, places: int, devices: Sequence[tuple[str, str, int]], embedded: Side, rest: Side, netmiko: Side
) -> list[Figure]:
    """Measure on devices that nobody has a session with, whose host key is not known either."""
    unmet = iter(devices)

    def ours(side: Side, name: str) -> Mapping[str, float]:
        targets = [next(unmet)[0] for _ in range(places)]
        return _summary(name, side.ask("each", targets=targets, command=COMMAND))

    samples = alternated(
        bench.rounds,
        [
            lambda: ours(embedded, "embedded"),
            lambda: ours(rest, "rest"),
            lambda: _summary(
                "netmiko", netmiko.ask("first", command=COMMAND, places=[one[1:] for one in devices[:places]])
            ),
        ],
        bench.teller("latency, without a session"),
    )
    return [
        compared(
            samples,
            f"{side}.p50",
            "netmiko.p50",
            what=f"{what}, without a session, round trip {ROUND_TRIPS[-1] * 1000:g} ms",
            against="netmiko, login and send_command",
            unit="ms",
            goal=Goal("ours", "≤", WITHOUT),
        )
        for side, what in (("embedded", "in process"), ("rest", "over REST"))
    ]


def _at(bench: Bench, round_trip: float, device: str, embedded: Side, rest: Side, netmiko: Side) -> list[Figure]:
    number = bench.size(34, 5)
    for side in (embedded, rest):
        side.ask("times", target=device, command=COMMAND, number=2)  # the session is opened, imports are done

    def ours(side: Side, name: str) -> Mapping[str, float]:
        return _summary(name, side.ask("times", target=device, command=COMMAND, number=number))

    samples = alternated(
        bench.rounds,
        [
            lambda: ours(embedded, "embedded"),
            lambda: _summary("netmiko", netmiko.ask("command", command=COMMAND, number=number)),
            lambda: ours(rest, "rest"),
            lambda: _summary("bare", netmiko.ask("bare", command=COMMAND, number=number)),
        ],
        bench.teller(f"latency, round trip {round_trip:g} ms"),
    )
    where = f"round trip {round_trip:g} ms"
    peer, limit = "netmiko send_command", "one bare round trip"
    within, within_p99 = Goal("ours", "≤", round_trip + MARGIN), Goal("ours", "≤", round_trip + MARGIN_P99)

    def figure(ours: str, theirs: str, what: str, against: str, goal: Goal | None = None) -> Figure:
        return compared(samples, ours, theirs, what=f"{what}, {where}", against=against, unit="ms", goal=goal)

    return [
        figure("embedded.p50", "netmiko.p50", "in process", peer),
        figure("rest.p50", "netmiko.p50", "over REST", peer),
        figure("embedded.p50", "bare.p50", "in process", limit, within),
        figure("embedded.p99", "bare.p99", "in process, p99", limit, within_p99),
        figure("rest.p50", "bare.p50", "over REST", limit, within),
    ]


def _summary(name: str, times: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        f"{name}.p50": statistics.median(ordered) * 1000,
        f"{name}.p99": ordered[min(len(ordered) - 1, round(len(ordered) * 0.99))] * 1000,
    }


def _first_device(folder: Path) -> tuple[str, str, int, str, str]:
    defaults = yaml.safe_load((folder / "defaults.yaml").read_text())
    return *_devices(folder)[0], defaults["username"], defaults["password"]


def _devices(folder: Path) -> list[tuple[str, str, int]]:
    hosts = yaml.safe_load((folder / "hosts.yaml").read_text())
    return [(name, host["hostname"], host["port"]) for name, host in hosts.items()]
