"""What a driver's test needs of a device, where that device is a script."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from netpulse_core import ConnectionParameters, Driver
from netpulse_core.testing.device import FakeDevice


class OnFakeDevice:
    """Put it before the contracts: `class TestAcme(OnFakeDevice, DriverContract, HostKeyContract)`, and name these."""

    driver_class: type[Driver]
    script: Mapping[str, Any] | Path
    """What the device says, as the fixture `fake_device` takes it."""
    question: str
    """A line that the script answers."""
    platform: str | None = None

    @pytest.fixture
    def device(self, fake_device: Callable[..., FakeDevice]) -> FakeDevice:
        """The device."""
        self._device = fake_device(self.script)
        return self._device

    @pytest.fixture
    def driver(self) -> Driver:
        """The driver under test."""
        return self.driver_class()

    @pytest.fixture
    def parameters(self, device: FakeDevice) -> ConnectionParameters:
        """How to log in to it."""
        return device.parameters(self.platform)

    def read(self, connection: Any) -> object:
        """Ask the question."""
        return connection.send_command(self.question)

    def silenced(self) -> AbstractContextManager[None]:
        """Let the device answer nothing."""
        return self._device.silenced()

    def logins_seen(self) -> int:
        """How many logins the device has seen."""
        return self._device.logins
