"""NetPulse embedded in one process: `netpulse SITE SLOTS`."""

import sys
import time
from importlib import import_module
from pathlib import Path

from benchmarks.commands import run
from benchmarks.side import serve
from benchmarks.stopwatch import Spent, spent, walls
from netpulse_core import settings
from netpulse_core.embedded.process import Embedded
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.run import RunRequest
from netpulse_core.worker.serving import settle


def main() -> None:
    """Run what is asked on a site of the lab."""
    for library in ("netmiko", "asyncssh"):  # else the first session would pay for it, as Nornir's side does not
        import_module(library)
    site, slots = Path(sys.argv[1]), int(sys.argv[2])
    with Embedded(settings.load(site, slots=slots), port=0, scheduler=False) as service:
        netpulse = service.netpulse
        settle(netpulse.settings)  # as `netpulse up` does

        def times(target: str, command: str, number: int) -> list[float]:
            return walls(number, lambda: run(netpulse, target, command))

        def each(targets: list[str], command: str) -> list[float]:
            return [walls(1, lambda one=one: run(netpulse, one, command))[0] for one in targets]  # type: ignore[misc]

        def accept(target: str) -> float:
            request = RunRequest(runbook="send_commands", target=target, parameters={"commands": ["show version"]})
            began = time.perf_counter()
            accepted = netpulse.submit(request, LOCAL)
            taken = time.perf_counter() - began
            netpulse.cancel(accepted.run, LOCAL)
            return taken

        def once(target: str, command: str) -> Spent:
            return spent(lambda: run(netpulse, target, command))

        def address() -> dict[str, str]:
            return {"url": service.url, "key": service.key}

        serve({"times": times, "each": each, "once": once, "accept": accept, "address": address})


if __name__ == "__main__":
    main()
