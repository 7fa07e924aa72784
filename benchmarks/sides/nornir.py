"""Nornir with nornir_netmiko: `nornir INVENTORY WORKERS`."""

import sys
from pathlib import Path

from benchmarks.side import serve
from benchmarks.stopwatch import Spent, spent


def main() -> None:
    """Run what is asked on the whole inventory; connections stay open from one question to the next."""
    from nornir import InitNornir
    from nornir_netmiko import netmiko_send_command

    folder, workers = Path(sys.argv[1]), int(sys.argv[2])
    files = {
        f"{kind}_file": str(folder / f"{name}.yaml")
        for kind, name in (("host", "hosts"), ("group", "groups"), ("defaults", "defaults"))
    }
    nornir = InitNornir(
        inventory={"plugin": "SimpleInventory", "options": files},
        runner={"plugin": "threaded", "options": {"num_workers": workers}},
        logging={"enabled": False},
    )

    def run(command: str) -> None:
        results = nornir.run(task=netmiko_send_command, command_string=command)
        assert not results.failed, results.failed_hosts

    def once(command: str) -> Spent:
        return spent(lambda: run(command))

    serve({"once": once})


if __name__ == "__main__":
    main()
