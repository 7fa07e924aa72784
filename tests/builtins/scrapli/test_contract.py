"""Scrapli keeps what every driver keeps, and what every driver over SSH does."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from netpulse_core import ConnectionParameters, Driver
from netpulse_core.builtins.scrapli.driver import Scrapli
from netpulse_core.lab import Device
from netpulse_core.testing import DriverContract, HostKeyContract


class TestScrapli(DriverContract, HostKeyContract):
    @pytest.fixture
    def driver(self) -> Driver:
        return Scrapli()

    @pytest.fixture
    def parameters(self, on_lab: ConnectionParameters) -> ConnectionParameters:
        return on_lab

    @pytest.fixture(autouse=True)
    def _remember(self, device: Device) -> None:
        self.device = device

    def logins_seen(self) -> int:
        return self.device.journal.logins + len(self.device.journal.refused)

    def read(self, connection: Any) -> object:
        return connection.send_command("show clock").result

    @contextmanager
    def silenced(self) -> Iterator[None]:
        self.device.faults.hang = "command"
        yield
        self.device.faults.heal()
