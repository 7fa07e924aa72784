"""Workers as processes of their own over one PostgreSQL and one Redis, as in life but for a shorter lease."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from netpulse_core import settings
from netpulse_core.controller import NetPulse
from netpulse_core.lab import Lab
from netpulse_core.ledger.ledger import Ledger
from tests.runs.service import SECRET, VARIABLE, Service, eventually, write_site

WORKER = """
import json, sys
from pathlib import Path
from typing import Any
from netpulse_core.model import node
values = json.loads(sys.argv[2])
node.LEASE, node.HEARTBEAT, node.SWEEP = values.pop("lease"), 0.5, 0.5
from netpulse_core.worker import balance
balance.PACE, balance.SETTLED = 0.5, 1.0
from netpulse_core import settings
from netpulse_core.worker import process
sys.exit(not process.run(settings.load(Path(sys.argv[1]), **values)))
"""


@contextmanager
def working(site: Path, name: str, **values: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker of this name; `values` are settings, and its `lease`."""
    told = json.dumps({"node": name, "slots": 5, "grace": 5.0, "lease": 6.0, **values})
    with subprocess.Popen([sys.executable, "-W", "ignore", "-c", WORKER, str(site), told]) as process:
        try:
            yield process
        finally:
            process.kill()


@dataclass(frozen=True)
class Installation:
    """A site without workers, as a caller sees it."""

    service: Service
    site: Path
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def netpulse(self) -> NetPulse:
        """Its controller."""
        return self.service.netpulse

    @property
    def names(self) -> dict[str, str]:
        """The names of all its nodes, by their ids."""
        return {node.id: node.name for node in self.netpulse.nodes()}

    @contextmanager
    def worker(self, name: str, **values: Any) -> Iterator[subprocess.Popen[bytes]]:
        """Run a worker, and go on once it has joined."""
        with working(self.site, name, **values) as process:
            self.workers[name] = process
            eventually(lambda: self.node(name), 60)
            yield process

    def node(self, name: str) -> str | None:
        """Return the id of the living node of this name, or None."""
        return next((node.id for node in self.netpulse.nodes() if node.alive and node.name == name), None)

    def kill(self, name: str) -> None:
        """End a worker as a power cut does."""
        self.workers[name].kill()
        self.workers[name].wait()

    def share_out(self, *names: str) -> None:
        """Give all devices to these workers, one after the other."""
        nodes = [self.node(name) or "" for name in names]
        keys = [device.key for device in self.netpulse.site.devices.values()]
        self.netpulse.ledger.nodes.place({key: nodes[number % len(nodes)] for number, key in enumerate(keys)})


@contextmanager
def installed(
    postgres_url: str, redis_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, *, count: int = 30
) -> Iterator[Installation]:
    """Install a site of so many devices; workers come later."""
    for name, value in {"LEDGER": postgres_url, "BROKER": redis_url, "SECRET_KEY": "a key of the test"}.items():
        monkeypatch.setenv(f"NETPULSE_{name}", value)
    monkeypatch.setenv(VARIABLE, SECRET)
    ledger = Ledger(postgres_url)
    ledger.upgrade()
    ledger.close()
    with Lab.running(count=count, password=SECRET, username="netops") as lab:
        site = write_site(lab, folder)
        with NetPulse.open(settings.load(site)) as netpulse:
            yield Installation(Service(netpulse, None, lab), site)  # type: ignore[arg-type]
