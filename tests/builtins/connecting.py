"""Connections on asyncssh for tests, and what a refused one is said to be."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncssh
import pytest

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins import asyncssh_transport as transport
from netpulse_core.testing.trust import FirstSeen
from tests.servers import sshd

PATIENCE = 10.0


def parameters(server: sshd.Seen, **given: Any) -> ConnectionParameters:
    told: dict[str, Any] = {
        "device": "leaf1",
        "address": "127.0.0.1",
        "port": server.port,
        "username": sshd.USERNAME,
        "password": sshd.PASSWORD,
        "platform": "linux",
        "host_keys": FirstSeen(),
    }
    return ConnectionParameters(**{**told, **given})


@contextmanager
def connected(given: ConnectionParameters, timeout: float = PATIENCE) -> Iterator[asyncssh.SSHClientConnection]:
    connection = transport.run(transport.connect(given, deadline=time.monotonic() + timeout), timeout=timeout + 5)
    try:
        yield connection
    finally:
        transport.close(connection)


def refused(given: ConnectionParameters, timeout: float = PATIENCE) -> errors.DeviceError:
    """What connecting comes to, said as ours."""
    with pytest.raises(Exception) as caught, connected(given, timeout):  # noqa: PT011  any error of any library below
        pass
    said = transport.translate(caught.value, "leaf1")
    assert said is not None
    assert said.device == "leaf1"
    assert "wrong-secret" not in f"{said} {said.hint}"
    return said


def ask(connection: asyncssh.SSHClientConnection, command: str = "date") -> str:
    async def run() -> str:
        return str((await connection.run(command, check=True)).stdout)

    return transport.run(run(), timeout=PATIENCE)
