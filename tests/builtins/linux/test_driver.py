"""The linux driver holds the contracts of every driver and of every driver over SSH."""

from contextlib import AbstractContextManager
from typing import Any

import pytest

from netpulse_core import ConnectionParameters, Driver
from netpulse_core.builtins.linux.driver import Linux
from netpulse_core.testing import DriverContract, HostKeyContract
from tests.servers.linux import LinuxServer

pytestmark = pytest.mark.servers("sudo")


class TestLinux(DriverContract, HostKeyContract):
    """Against OpenSSH with bash."""

    @pytest.fixture(autouse=True)
    def _server(self, server: LinuxServer) -> None:
        self.server = server

    @pytest.fixture
    def driver(self) -> Driver:
        return Linux()

    @pytest.fixture
    def parameters(self, login: ConnectionParameters) -> ConnectionParameters:
        return login

    def read(self, connection: Any) -> object:
        return connection.send_command("uname")

    def silenced(self) -> AbstractContextManager[None]:
        return self.server.silenced()

    def logins_seen(self) -> int:
        return self.server.logins
