"""The ssh driver holds the contract on a simulated device, on FRR behind OpenSSH, and on a shell behind OpenSSH."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from netpulse_core import ConnectionParameters, Driver
from netpulse_core.builtins.ssh.driver import Ssh
from netpulse_core.lab import Device
from netpulse_core.testing import DriverContract, HostKeyContract
from netpulse_core.testing.relay import Relay, relayed
from netpulse_core.testing.trust import FirstSeen
from tests.conftest import served
from tests.servers import ssh
from tests.servers.frr import FrrRouters
from tests.servers.shell import ShellServer


class Wired:
    """What is common: everything goes over a wire that can be made silent."""

    platform: str
    question: str
    carries: Relay

    @pytest.fixture
    def driver(self) -> Driver:
        """The driver under test."""
        return Ssh()

    @pytest.fixture
    def place(self) -> tuple[str, int]:
        """Where the device is."""
        raise NotImplementedError

    def read(self, connection: Any) -> object:
        """Ask what is always answered."""
        return connection.send_command(self.question, read_timeout=60)

    def silenced(self) -> AbstractContextManager[None]:
        """Let the wire carry nothing."""
        return self.carries.silenced()

    @pytest.fixture(autouse=True)
    def wire(self, place: tuple[str, int]) -> Iterator[Relay]:
        """A wire to the device."""
        with relayed(*place) as wire:
            self.carries = wire
            yield wire

    @pytest.fixture
    def parameters(self, wire: Relay) -> ConnectionParameters:
        """How to log in over that wire."""
        return ConnectionParameters(
            device="leaf1",
            address=wire.host,
            port=wire.port,
            username=ssh.USERNAME,
            password=ssh.PASSWORD,
            platform=self.platform,
            host_keys=FirstSeen(),
        )


class TestOnTheLab(Wired, DriverContract, HostKeyContract):
    """A simulated device."""

    platform, question = "ios", "show clock"

    @pytest.fixture
    def place(self, device: Device) -> tuple[str, int]:
        """Where the device is."""
        self.device = device
        return device.address, device.port

    def logins_seen(self) -> int:
        """What its journal says."""
        return self.device.journal.logins + len(self.device.journal.refused)


@pytest.mark.servers("frr")
class TestOnFrr(Wired, DriverContract):
    """vtysh as the shell of a real OpenSSH."""

    platform, question = "frr", "show bgp summary json"

    @pytest.fixture
    def place(self, frr_routers: FrrRouters) -> tuple[str, int]:
        """Where the router is."""
        return frr_routers["r1"].host, frr_routers["r1"].port


@pytest.fixture(scope="module")
def shell_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShellServer]:
    """A shell of these tests' own."""
    folder: Path = tmp_path_factory.mktemp("shell")
    with served(lambda: ShellServer(folder)) as server:
        yield server


@pytest.mark.servers("openssh-server")
class TestOnAShell(Wired, DriverContract, HostKeyContract):
    """A shell behind a real OpenSSH, by key."""

    platform, question = "linux", "uname -a"

    @pytest.fixture
    def place(self, shell_server: ShellServer) -> tuple[str, int]:
        """Where the server is."""
        self.server = shell_server
        return shell_server.host, shell_server.port

    @pytest.fixture
    def parameters(self, wire: Relay, shell_server: ShellServer) -> ConnectionParameters:
        """How to log in by key."""
        return ConnectionParameters(
            device="leaf1",
            address=wire.host,
            port=wire.port,
            username=shell_server.username,
            password=None,
            platform=self.platform,
            extras={"use_keys": True, "key_file": str(shell_server.key_file)},
            host_keys=FirstSeen(),
        )

    def wrong(self, parameters: ConnectionParameters) -> ConnectionParameters:
        """No key, and a password nobody has."""
        return replace(parameters, password="wrong-netpulse-secret", extras={})

    def logins_seen(self) -> int:
        """What the server's log says."""
        return self.server.logins()
