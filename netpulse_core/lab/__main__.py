"""`python -m netpulse_core.lab`: the lab as a process of its own, until it is told to stop.

The password is that of NETPULSE_LAB_PASSWORD, `netpulse` where it is unset; a hangup signal reads the faults in
the file anew.
"""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import yaml

from netpulse_core.lab.inventory import write_inventory
from netpulse_core.lab.network import Blueprint, Lab


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m netpulse_core.lab", description=__doc__)
    parser.add_argument("--file", type=Path, help="a blueprint in YAML; the options below go before it")
    parser.add_argument("--count", type=int, help="how many devices (20)")
    parser.add_argument("--mode", choices=("address", "port"), help="an address or a port each (address)")
    parser.add_argument("--port", type=int, help="the port, or the first of them (2200)")
    parser.add_argument("--journal", type=Path, help="append what devices see to this file")
    parser.add_argument("--host-key", type=Path, help="keep the host key in this file")
    parser.add_argument("--inventory", type=Path, help="write a Nornir inventory into this folder")
    parser.add_argument("--password-reference", help="written into the inventory in place of the password")
    parser.add_argument("--quiet", action="store_true", help="print nothing")
    return parser


async def serve(options: argparse.Namespace) -> None:
    names = ("count", "mode", "port", "journal", "host_key")
    given: dict[str, Any] = {name: value for name in names if (value := getattr(options, name)) is not None}
    plan = Blueprint.load(options.file) if options.file else Blueprint(mode="address", port=2200)
    if "NETPULSE_LAB_PASSWORD" in os.environ:
        given["password"] = os.environ["NETPULSE_LAB_PASSWORD"]
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with Lab(plan, **given) as lab:
        if options.file:
            loop.add_signal_handler(signal.SIGHUP, reread, lab, options.file)
        if options.inventory:
            write_inventory(lab, options.inventory, password=options.password_reference)
        if not options.quiet:
            first = next(iter(lab.devices.values()))
            sys.stdout.write(f"{len(lab.devices)} devices from {first.address}:{first.port}\n")
            sys.stdout.flush()
        await stop.wait()


def reread(lab: Lab, path: Path) -> None:
    """Impose the faults now in the file; a file that cannot be read changes nothing."""
    try:
        lab.impose(Blueprint.load(path).faults)
    except (OSError, ValueError, yaml.YAMLError) as error:
        sys.stderr.write(f"lab: {error}\n")


def main() -> int:
    try:
        asyncio.run(serve(arguments().parse_args()))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"lab: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
