"""NAPALM keeps what every driver keeps, over SSH and over HTTPS."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from netpulse_core import ConnectionParameters, Driver
from netpulse_core.builtins.napalm.driver import Napalm
from netpulse_core.lab import Device
from netpulse_core.testing import DriverContract, HostKeyContract
from tests.servers.device_https import HttpsDevice


class TestOnIos(DriverContract, HostKeyContract):
    @pytest.fixture
    def driver(self) -> Driver:
        return Napalm()

    @pytest.fixture
    def parameters(self, on_ios: ConnectionParameters) -> ConnectionParameters:
        return on_ios

    @pytest.fixture(autouse=True)
    def _remember(self, ios: Device) -> None:
        self.device = ios

    def logins_seen(self) -> int:
        return self.device.journal.logins + len(self.device.journal.refused)

    def read(self, connection: Any) -> object:
        return connection.cli(["show clock"])

    @contextmanager
    def silenced(self) -> Iterator[None]:
        self.device.faults.hang = "command"
        yield
        self.device.faults.heal()


class TestOnEos(DriverContract):
    @pytest.fixture
    def driver(self) -> Driver:
        return Napalm()

    @pytest.fixture
    def parameters(self, on_eos: ConnectionParameters) -> ConnectionParameters:
        return on_eos

    @pytest.fixture(autouse=True)
    def _remember(self, switch: HttpsDevice) -> None:
        self.device = switch

    def read(self, connection: Any) -> object:
        return connection.get_facts()

    @contextmanager
    def silenced(self) -> Iterator[None]:
        with self.device.silenced():
            yield
