"""The netmiko driver holds the contract on a simulated device, on FRR behind OpenSSH, and on a real telnet daemon."""

import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from netpulse_core import ConnectionParameters, Driver, errors
from netpulse_core.builtins.netmiko.driver import Netmiko
from netpulse_core.builtins.netmiko.prompts import ask
from netpulse_core.lab import Device
from netpulse_core.testing import DriverContract, opened, refusal
from netpulse_core.testing.relay import Relay, relayed
from netpulse_core.testing.trust import FirstSeen
from tests.conftest import served
from tests.servers.frr import FrrRouters
from tests.servers.telnet import MOST_LOGINS, TelnetServer


class Wired:
    """What is common: everything goes over a wire that can be made silent."""

    platform = "cisco_ios"
    question = "show clock"
    carries: Relay

    @pytest.fixture
    def driver(self) -> Driver:
        """The driver under test."""
        return Netmiko()

    def read(self, connection: Any) -> object:
        """Ask what is always answered."""
        return ask(connection, self.question, 60)

    def silenced(self) -> AbstractContextManager[None]:
        """Cut the wire."""
        return self.carries.silenced()

    def wrong(self, parameters: ConnectionParameters) -> ConnectionParameters:
        """The same device with a password it refuses."""
        return replace(parameters, password="wrong-netpulse-secret")

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
            username="netpulse",
            password="netpulse",
            platform=self.platform,
            host_keys=FirstSeen(),
        )


class TestOnTheLab(Wired, DriverContract):
    """A simulated device."""

    @pytest.fixture
    def place(self, device: Device) -> tuple[str, int]:
        """Where the device is."""
        return device.address, device.port


@pytest.mark.servers("frr")
class TestOnFrr(Wired, DriverContract):
    """vtysh as the shell of a real OpenSSH."""

    question = "show bgp summary json"

    @pytest.fixture
    def place(self, frr_routers: FrrRouters) -> tuple[str, int]:
        """Where the router is."""
        return frr_routers["r1"].host, frr_routers["r1"].port


@pytest.fixture(scope="module")
def telnet_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TelnetServer]:
    """A telnet daemon of these tests' own."""
    folder: Path = tmp_path_factory.mktemp("telnet")
    with served(lambda: TelnetServer(folder)) as server:
        yield server


class OverTelnet(Wired):
    """A router's login behind a real telnetd, where netmiko sleeps for 3.5 s in each login."""

    platform = "cisco_ios_telnet"

    @pytest.fixture
    def place(self, telnet_server: TelnetServer) -> tuple[str, int]:
        """Where the daemon is."""
        return telnet_server.host, telnet_server.port


@pytest.mark.thorough
class TestOverTelnet(OverTelnet, DriverContract):
    """All of the contract."""


class TestTelnet(OverTelnet):
    """What is told apart over telnet, in two logins."""

    @pytest.mark.thorough
    def test_a_refused_password_is_sent_once(
        self, driver: Driver, parameters: ConnectionParameters, telnet_server: TelnetServer
    ) -> None:
        before = len(telnet_server.logins)
        assert isinstance(refusal(driver, self.wrong(parameters)), errors.AuthenticationFailed)
        assert len(telnet_server.logins) == before + 1
        assert MOST_LOGINS > 1

    @pytest.mark.thorough
    def test_a_session_answers_whole_and_dies_when_it_is_broken(
        self, driver: Driver, parameters: ConnectionParameters
    ) -> None:
        with opened(driver, parameters) as connection:
            nodelay = connection.remote_conn.get_socket().getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert nodelay
            lines = ask(connection, "show long", 30).splitlines()
            assert lines == [f"line {number} of many # not a prompt" for number in range(1, 2001)]
            assert driver.at_rest(connection)
            driver.probe(connection, timeout=10)
            driver.abort(connection)
            assert not driver.alive(connection)

    def test_a_jump_host_is_refused(self, driver: Driver, parameters: ConnectionParameters) -> None:
        with pytest.raises(errors.Refused, match="jump host"):
            driver.open(replace(parameters, jumps=(parameters,)), timeout=5)
