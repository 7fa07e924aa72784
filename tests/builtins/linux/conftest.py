"""A real Linux server, and how to reach it."""

from collections.abc import Iterator
from typing import Any

import pytest

from netpulse_core import ConnectionParameters
from netpulse_core.builtins.linux.driver import Linux
from netpulse_core.testing import opened
from netpulse_core.testing.trust import FirstSeen
from tests.conftest import served
from tests.servers import ssh
from tests.servers.linux import HOST, LinuxServer


@pytest.fixture(scope="session")
def linux_server() -> Iterator[LinuxServer]:
    """A server of this run's own."""
    with served(LinuxServer) as server:
        yield server


@pytest.fixture
def server(linux_server: LinuxServer) -> LinuxServer:
    """That server, its user's home empty."""
    linux_server.inside("find /home/netpulse -mindepth 1 -delete; find /tmp -maxdepth 1 -name 'netpulse.*' -delete")
    return linux_server


@pytest.fixture
def login(server: LinuxServer) -> ConnectionParameters:
    return ConnectionParameters(
        device="web1",
        address=HOST,
        port=server.port,
        username=ssh.USERNAME,
        password=ssh.PASSWORD,
        platform="linux",
        host_keys=FirstSeen(),
    )


@pytest.fixture
def parameters(login: ConnectionParameters) -> ConnectionParameters:
    return login


@pytest.fixture
def connection(parameters: ConnectionParameters) -> Iterator[Any]:
    """An open connection, closed afterwards."""
    with opened(Linux(), parameters) as connection:
        yield connection
