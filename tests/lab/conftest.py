"""One small lab for the tests that leave no fault behind."""

from collections.abc import Iterator

import pytest

from netpulse_core.lab import Device, Lab


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.running(count=5) as lab:
        yield lab


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def device(lab: Lab) -> Iterator[Device]:
    """A device as it was delivered, whatever the test before did to it."""
    device = lab.devices["leaf1"]
    yield device
    device.faults.heal()
    device.hang_up()
    assert device.journal.wait_until_idle()
    device.machine.startup = device.machine.initial
    device.machine.reload()
    device.journal.clear()
