"""The simulated network: `lab COUNT FOLDER` writes its Nornir inventory into a folder."""

import asyncio
import sys
from pathlib import Path

import uvloop

from benchmarks.side import serve
from netpulse_core.lab import Lab, write_inventory


def main() -> None:
    """Serve the devices until the end of input."""
    count, folder = int(sys.argv[1]), Path(sys.argv[2])
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    # Each device an address of its own: as many ports would be as many open files.
    with Lab.running(count=count, mode="address") as lab:
        write_inventory(lab, folder)

        def round_trip(seconds: float) -> None:
            lab.impose({"*": {"delay": seconds}})

        serve({"round_trip": round_trip})


if __name__ == "__main__":
    main()
