"""Sessions of the ssh driver with the lab's device, for the tests that look at them."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from netpulse_core import ConnectionParameters
from netpulse_core.builtins.ssh.connection import SshConnection
from netpulse_core.builtins.ssh.driver import Ssh
from netpulse_core.testing.trust import FirstSeen

driver = Ssh()
Connect = Callable[..., SshConnection]


@pytest.fixture
def connect(parameters: ConnectionParameters) -> Iterator[Connect]:
    """Open sessions with the lab's device that are closed when the test ends."""
    opened: list[SshConnection] = []

    def open_one(**changes: object) -> SshConnection:
        given = replace(parameters, **{"host_keys": FirstSeen(), **changes})  # type: ignore[arg-type]
        opened.append(driver.open(given, timeout=10))
        return opened[-1]

    yield open_one
    for one in opened:
        driver.close(one)
