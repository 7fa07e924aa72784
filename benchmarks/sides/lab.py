"""The simulated network: `lab COUNT FOLDER [DRIVER]` writes its Nornir inventory into a folder."""

import asyncio
import sys
from pathlib import Path

import uvloop
import yaml

from benchmarks.side import serve
from netpulse_core.lab import Lab, write_inventory


def main() -> None:
    """Serve the devices until the end of input."""
    count, folder = int(sys.argv[1]), Path(sys.argv[2])
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    # Each device an address of its own: as many ports would be as many open files.
    with Lab.running(count=count, mode="address") as lab:
        write_inventory(lab, folder)
        for driver in sys.argv[3:]:
            _reached_over(driver, folder / "defaults.yaml")

        def round_trip(seconds: float) -> None:
            lab.impose({"*": {"delay": seconds}})

        serve({"round_trip": round_trip})


def _reached_over(driver: str, path: Path) -> None:
    """Have NetPulse reach every device over a driver; plain Nornir does not know the key."""
    defaults = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump({**defaults, "data": {"netpulse_driver": driver}}))


if __name__ == "__main__":
    main()
