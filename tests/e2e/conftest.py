"""A site over the three FRR routers, and the ways it is served."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM

import pytest
import yaml

from netpulse_core import settings
from netpulse_core.client import Client
from netpulse_core.embedded.process import Embedded
from tests.servers.frr import FrrRouters
from tests.servers.process import Process, free_port

PASSWORD = "NETPULSE_E2E_PASSWORD"
COMMAND = (sys.executable, "-m", "netpulse_core")


@pytest.fixture
def frr_site(tmp_path: Path, frr_routers: FrrRouters, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The routers as a site; they are as they were before once the test ends."""
    monkeypatch.setenv(PASSWORD, next(iter(frr_routers.values())).password)
    hosts = {
        router.name: {
            "hostname": router.host,
            "port": router.port,
            "username": router.username,
            "data": {"asn": router.asn, "role": "edge" if router.name == "r1" else "core"},
        }
        for router in frr_routers.values()
    }
    defaults = {"platform": "cisco_ios", "password": f"env:{PASSWORD}"}
    site = tmp_path / "site"
    (site / "inventory").mkdir(parents=True)
    (site / "inventory" / "hosts.yaml").write_text(yaml.safe_dump(hosts))
    (site / "inventory" / "defaults.yaml").write_text(yaml.safe_dump(defaults))
    yield site
    frr_routers.reset()


@pytest.fixture
def embedded(frr_site: Path) -> Iterator[Client]:
    """The site served by one process, this one."""
    with Embedded(settings.load(frr_site), port=0) as service, Client(service.url, service.key) as client:
        yield client


@dataclass(frozen=True, kw_only=True)
class Distributed:
    """The site served by processes of their own, over PostgreSQL and Redis."""

    client: Client
    processes: Mapping[str, Process]
    """By node name: `api`, `scheduler-1`, `worker-1` and so on."""
    env: Mapping[str, str]
    """What a command line on the same site is started with."""


@pytest.fixture
def distributed(frr_site: Path, postgres_url: str, redis_url: str, tmp_path: Path) -> Iterator[Distributed]:
    """One API, one scheduler and two workers, started as an operator would."""
    names = ("api", "scheduler", "worker-1", "worker-2")
    with serving(frr_site, postgres_url, redis_url, tmp_path, names) as service:
        yield service


@contextmanager
def serving(site: Path, ledger: str, broker: str, logs: Path, names: Sequence[str]) -> Iterator[Distributed]:
    """Serve a site by these processes, each called as what it is and, after a dash, by a number."""
    port = free_port()
    env = os.environ | {
        "NETPULSE_LEDGER": ledger,
        "NETPULSE_BROKER": broker,
        "NETPULSE_SECRET_KEY": "one key for every process",
        "NETPULSE_SITE": str(site),
        "NETPULSE_PORT": str(port),
    }
    subprocess.run([*COMMAND, "db", "upgrade"], env=env, check=True, capture_output=True)
    made = subprocess.run(
        [*COMMAND, "keys", "create", "e2e", "--role", "admin", "--json"], env=env, check=True, capture_output=True
    )
    key = json.loads(made.stdout)["key"]
    processes = {
        name: Process([*COMMAND, name.split("-")[0]], logs / f"{name}.log", env=env | {"NETPULSE_NODE": name})
        for name in names
    }
    url = f"http://127.0.0.1:{port}"
    asking = env | {"NETPULSE_URL": url, "NETPULSE_API_KEY": key}
    try:
        with Client(url, key) as client:
            wait_for_workers(client, sum(name.startswith("worker") for name in names))
            yield Distributed(client=client, processes=processes, env=asking)
    finally:
        for process in processes.values():
            process.end(SIGTERM)
        for log in logs.glob("*.log"):
            sys.stdout.write(f"--- {log.name}\n{log.read_text()}")


def wait_for_workers(client: Client, count: int, within: float = 60) -> None:
    """Wait until the service answers and so many workers live."""
    import time

    from netpulse_core.errors import ServiceError

    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            if sum(node.alive for node in client.nodes()) >= count:
                return
        except ServiceError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"no {count} workers within {within} s")
