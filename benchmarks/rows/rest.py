"""How many requests a second the REST service answers, in one process."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from benchmarks.bench import Bench
from benchmarks.figures import Figure, Goal, Row, Samples, alternated, compared
from benchmarks.side import Side
from benchmarks.sites import generated

SENTENCE = "Requests a second on kept connections, one process serving: a run for one device is recorded, or read."
LIMIT = "GET /healthz"
SUBMIT, SHOW = "POST /v1/runs", "GET /v1/runs/{id}"
GOALS = {SUBMIT: Goal("ours", "≥", 1700), SHOW: Goal("ours", "≥", 2200)}
CONNECTIONS = (1, 32)


def measure(bench: Bench) -> Row:
    """Compare submitting and showing with the route that does nothing, of the same service."""
    row = Row("rest", SENTENCE)
    site = bench.folder / "rest"
    generated(site / "inventory", 100)
    seconds = bench.size(20, 5) / 10
    with Side("service", site) as service:
        address = service.ask("address")
        url = urlsplit(address["url"])
        with Side("callers", url.hostname, url.port, address["key"]) as callers:
            body = {"runbook": "send_commands", "target": "leaf0", "parameters": {"commands": ["show version"]}}
            run = callers.ask("once", method="POST", path="/v1/runs", body=body)["run"]
            asked = {LIMIT: ("/healthz", None), SHOW: (f"/v1/runs/{run}", None), SUBMIT: ("/v1/runs", body)}

            def rates(what: str, connections: int) -> Mapping[str, float]:
                path, sent = asked[what]
                found: dict[str, Any] = callers.ask(
                    "rate", method=what.split()[0], path=path, body=sent, connections=connections, seconds=seconds
                )
                return {f"{what} {connections}": found["rate"]}

            samples = alternated(
                bench.rounds,
                [partial(rates, what, number) for number in CONNECTIONS for what in asked],
                bench.teller("REST"),
            )
    row.figures += [_figure(samples, what, number) for what in (SUBMIT, SHOW) for number in CONNECTIONS]
    return row


def _figure(samples: Samples, what: str, number: int) -> Figure:
    return compared(
        samples,
        f"{what} {number}",
        f"{LIMIT} {number}",
        what=f"{what}, {number} {'connection' if number == 1 else 'connections'}",
        against=LIMIT,
        unit="requests/s",
        goal=GOALS[what] if number > 1 else None,
    )
