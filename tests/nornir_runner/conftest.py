"""A lab, a whole service on it, and Nornirs that run by it or in this process."""

import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from nornir import InitNornir
from nornir.core import Nornir

from netpulse_core import settings
from netpulse_core.controller import NetPulse
from netpulse_core.lab import Lab, write_inventory
from netpulse_core.worker.node import Node
from tests.api.service import serving
from tests.nornir_runner import plugin

Made = Callable[..., Nornir]

REFUSAL = """
from netpulse_core import hookimpl

@hookimpl
def refuse_run(request, runbook, devices, caller):
    if any(device.name == "leaf3" for device in devices) and runbook.changes:
        return "leaf3 is not to be changed"
"""


@pytest.fixture(scope="package")
def lab() -> Iterator[Lab]:
    with Lab.running(count=3) as lab:
        for device in lab.devices.values():
            device.machine.initial += "ip scp server enable\narchive\n path flash:archive\n"
        yield lab


@pytest.fixture(autouse=True)
def _as_delivered(lab: Lab) -> None:
    for device in lab.devices.values():
        device.faults.heal()
        device.machine.startup = device.machine.initial
        device.machine.reload()
        device.machine.flash.files.clear()
        device.journal.clear()


def write_site(lab: Lab, folder: Path) -> Path:
    """Write a site of the lab with the runbooks of `plugin.py`, and platforms as each library calls them."""
    write_inventory(lab, folder / "inventory")
    defaults = folder / "inventory" / "defaults.yaml"
    said = yaml.safe_load(defaults.read_text())
    said["connection_options"]["napalm"] = {"platform": "ios"}
    said["connection_options"]["scrapli"] = {"extras": {"auth_strict_key": False, "ssh_config_file": False}}
    defaults.write_text(yaml.safe_dump(said))
    (folder / "plugins").mkdir()
    shutil.copy(plugin.__file__, folder / "plugins" / "others_tasks.py")
    text = (folder / "plugins" / "others_tasks.py").read_text().replace("def only_here", "def unknown_here")
    (folder / "plugins" / "others_tasks.py").write_text(text)
    (folder / "plugins" / "refusal.py").write_text(REFUSAL)
    (folder / "netpulse.toml").write_text("grace = 5.0\n")
    return folder


@pytest.fixture(scope="package")
def site(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_site(lab, tmp_path_factory.mktemp("site"))


@contextmanager
def served(site: Path, **told: Any) -> Iterator[dict[str, Any]]:
    """Run a whole service, and say the runner options that lead to it."""
    with NetPulse.open(settings.load(site, **told)) as netpulse, serving(netpulse) as (_, port):
        node = Node(netpulse)
        node.start()
        try:
            key = netpulse.ledger.keys.create("ada", "admin", by="test").key
            yield {"url": f"http://127.0.0.1:{port}", "key": key}
        finally:
            node.stop()


@pytest.fixture(scope="package")
def service(site: Path) -> Iterator[dict[str, Any]]:
    """The runner options that lead to a whole service."""
    with served(site) as options:
        yield options


@pytest.fixture
def by_service(service: dict[str, Any], site: Path, tmp_path: Path) -> Made:
    """Make a Nornir whose tasks the service runs; what it knows of how to reach devices leads nowhere."""
    hosts = {
        name: {"hostname": "192.0.2.250", "port": 9, "password": "not-theirs"} for name in ("leaf1", "leaf2", "leaf3")
    }
    (tmp_path / "hosts.yaml").write_text(yaml.safe_dump({**hosts, "elsewhere": {"password": "not-theirs"}}))

    def make(*names: str, options: dict[str, Any] = service, **more: Any) -> Nornir:
        files = {"host_file": str(tmp_path / "hosts.yaml"), "group_file": "none.yaml", "defaults_file": "none.yaml"}
        nornir = InitNornir(
            inventory={"plugin": "SimpleInventory", "options": files},
            runner={"plugin": "netpulse", "options": options},
            logging={"enabled": False},
            **more,
        )
        return nornir.filter(filter_func=lambda host: host.name in (names or ("leaf1", "leaf2")))

    return make


@pytest.fixture
def here(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    """Make a Nornir whose tasks run in this process, with the site's own files as its inventory."""
    monkeypatch.delenv("NETPULSE_URL", raising=False)
    monkeypatch.chdir(site.parent)
    logging.getLogger("nornir").setLevel(logging.CRITICAL)
    made: list[Nornir] = []

    def make(*names: str, runner: str = "netpulse", inventory: str = "SimpleInventory", **options: Any) -> Nornir:
        kinds = {"host_file": "hosts", "group_file": "groups", "defaults_file": "defaults"}
        files = {kind: str(site / "inventory" / f"{name}.yaml") for kind, name in kinds.items()}
        nornir = InitNornir(
            inventory={"plugin": inventory, "options": files},
            runner={"plugin": runner, "options": options},
            logging={"enabled": False},
        )
        made.append(nornir)
        return nornir.filter(filter_func=lambda host: host.name in (names or ("leaf1", "leaf2")))

    yield make
    for nornir in made:
        nornir.close_connections()
