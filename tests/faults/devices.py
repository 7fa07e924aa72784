"""The devices: a simulated network over real SSH in a process that nobody kills, which keeps the journal."""

import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from signal import SIGHUP, SIGTERM
from typing import Any

import yaml

from tests.faults.journal import JournalFile
from tests.servers.process import Process

USER, PASSWORD = "netpulse", "netpulse"  # the lab's own
VARIABLE = "NETPULSE_LAB_PASSWORD"
THINKS = {r"^ip route ": 0.15}
"""Seconds a device thinks over a line of ours, so that a push lasts long enough to be hit."""


class Devices:
    """So many routers; each may be given faults and be healed while it runs."""

    def __init__(self, folder: Path, count: int) -> None:
        folder.mkdir(parents=True)
        self._blueprint = folder / "lab.yaml"
        self._faults: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self.inventory = folder / "inventory"
        self.journal = JournalFile(folder / "journal.jsonl")
        self._write()
        command = [sys.executable, "-W", "ignore", "-m", "netpulse_core.lab", "--quiet", "--mode", "port"]
        command += ["--port", "0", "--count", str(count), "--file", str(self._blueprint)]
        command += ["--journal", str(self.journal.path), "--inventory", str(self.inventory)]
        command += ["--password-reference", f"env:{VARIABLE}"]
        self._process = Process(command, folder / "lab.log")
        self._process.wait_until((self.inventory / "defaults.yaml").exists, "the lab")
        hosts = yaml.safe_load((self.inventory / "hosts.yaml").read_text())
        self.names: tuple[str, ...] = tuple(hosts)
        self.ports: Mapping[str, int] = {name: host["port"] for name, host in hosts.items()}

    def afflict(self, device: str, faults: Mapping[str, Any]) -> None:
        """Give a device these faults and no others."""
        with self._lock:
            self._faults[device] = {"slow": THINKS, **faults}
            self._impose()

    def heal(self, device: str) -> None:
        """Take a device's faults away; a session that hangs stays hung."""
        with self._lock:
            self._faults.pop(device, None)
            self._impose()

    def heal_all(self) -> None:
        """Take all faults away."""
        with self._lock:
            self._faults.clear()
            self._impose()

    def close(self) -> None:
        """End them all."""
        self._process.end(SIGTERM)

    def _impose(self) -> None:
        self._write()
        self._process.signal(SIGHUP)

    def _write(self) -> None:
        fresh = self._blueprint.with_suffix(".new")
        fresh.write_text(yaml.safe_dump({"faults": {"*": {"slow": THINKS}, **self._faults}}))
        fresh.replace(self._blueprint)
