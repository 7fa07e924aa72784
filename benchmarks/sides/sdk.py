"""The Python SDK against a running service: `sdk URL KEY`."""

import sys

from benchmarks.side import serve
from benchmarks.stopwatch import walls
from netpulse_core.client import Client
from netpulse_core.model.outcome import Verdict
from netpulse_core.model.run import RunRequest


def main() -> None:
    """Ask for runs and wait for what came of them."""
    url, key = sys.argv[1:]
    with Client(url, key) as client:

        def run(target: str, command: str) -> None:
            request = RunRequest(runbook="send_commands", target=target, parameters={"commands": [command]})
            verdict = client.wait(client.submit(request).run, timeout=60).verdict
            assert verdict is Verdict.SUCCESS, verdict

        def times(target: str, command: str, number: int) -> list[float]:
            return walls(number, lambda: run(target, command))

        def each(targets: list[str], command: str) -> list[float]:
            return [walls(1, lambda one=one: run(one, command))[0] for one in targets]  # type: ignore[misc]

        serve({"times": times, "each": each})


if __name__ == "__main__":
    main()
