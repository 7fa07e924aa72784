"""A lab, a driver, and a plain Nornir without any service of NetPulse."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from nornir import InitNornir
from nornir.core import Nornir

from netpulse_core import ConnectionParameters
from netpulse_core.builtins.netmiko.driver import Netmiko
from netpulse_core.lab import Device, Lab, write_inventory
from netpulse_core.testing.trust import FirstSeen


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.running(count=3) as lab:
        yield lab


@pytest.fixture
def device(lab: Lab) -> Iterator[Device]:
    """A device as it was delivered."""
    device = lab.devices["leaf1"]
    device.journal.clear()
    yield device
    device.faults.heal()
    device.hang_up()
    assert device.journal.wait_until_idle()
    device.machine.startup = device.machine.initial
    device.machine.reload()
    device.journal.clear()


@pytest.fixture
def parameters(device: Device) -> ConnectionParameters:
    return ConnectionParameters(
        device="leaf1",
        address=device.address,
        port=device.port,
        username="netpulse",
        password="netpulse",
        platform="cisco_ios",
        host_keys=FirstSeen(),
    )


@pytest.fixture
def connect(parameters: ConnectionParameters) -> Iterator[Callable[[], Any]]:
    """Open sessions that are closed when the test ends."""
    driver, opened = Netmiko(), []

    def open_one() -> Any:
        opened.append(driver.open(parameters, timeout=10))
        return opened[-1]

    yield open_one
    for session in opened:
        driver.close(session)


@pytest.fixture
def nornir(lab: Lab, device: Device, tmp_path: Path) -> Iterator[Nornir]:
    """Plain Nornir with the one device, and nornir_netmiko's own connection."""
    write_inventory(lab, tmp_path)
    files = {f"{kind}_file": str(tmp_path / f"{kind}s.yaml") for kind in ("host", "group")}
    everything = InitNornir(
        runner={"plugin": "serial"},
        inventory={
            "plugin": "SimpleInventory",
            "options": {**files, "defaults_file": str(tmp_path / "defaults.yaml")},
        },
        logging={"enabled": False},
    )
    yield everything.filter(name=device.name)
    everything.data.reset_failed_hosts()
    everything.close_connections()
