"""Sessions of NETCONF on a real server."""

from collections.abc import Iterator
from typing import Any

import pytest

from netpulse_core import ConnectionParameters
from netpulse_core.builtins.netconf.driver import Netconf
from netpulse_core.testing import opened
from netpulse_core.testing.trust import FirstSeen
from tests.builtins.netconf.interfaces import reached
from tests.servers.netconfd import NetconfServer


@pytest.fixture
def parameters(netconf_server: NetconfServer) -> ConnectionParameters:
    return reached(netconf_server, FirstSeen())


@pytest.fixture
def connection(parameters: ConnectionParameters) -> Iterator[Any]:
    with opened(Netconf(), parameters) as connection:
        yield connection


@pytest.fixture
def other(parameters: ConnectionParameters) -> Iterator[Any]:
    with opened(Netconf(), parameters) as connection:
        yield connection


@pytest.fixture
def restored(netconf_server: NetconfServer) -> Iterator[None]:
    """The server as it was, after a test that commits."""
    yield
    netconf_server.reset()
