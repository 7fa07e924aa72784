"""A device of the lab, and how scrapli reaches it."""

from collections.abc import Iterator

import pytest

from netpulse_core import ConnectionParameters
from netpulse_core.lab import Device, Lab
from netpulse_core.testing.trust import FirstSeen


@pytest.fixture(scope="package")
def lab() -> Iterator[Lab]:
    with Lab.running(count=3) as lab:
        yield lab


@pytest.fixture
def device(lab: Lab) -> Iterator[Device]:
    """A device as it was delivered."""
    device = lab.devices["leaf1"]
    device.machine.startup = device.machine.initial
    device.machine.reload()
    device.journal.clear()
    yield device
    device.faults.heal()


@pytest.fixture
def on_lab(device: Device) -> ConnectionParameters:
    return ConnectionParameters(
        device="leaf1",
        address=device.address,
        port=device.port,
        username="netpulse",
        password="netpulse",
        platform="cisco_ios",
        host_keys=FirstSeen(),
    )
