"""The two ways the tests talk to a lab device."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncssh
from netmiko import BaseConnection, ConnectHandler

from netpulse_core.lab import Device


@contextmanager
def connect(device: Device, **options: Any) -> Iterator[BaseConnection]:
    """A netmiko `cisco_ios` connection."""
    given: dict[str, Any] = {
        "device_type": "cisco_ios",
        "host": device.address,
        "port": device.port,
        "username": "netpulse",
        "password": "netpulse",
        **options,
    }
    connection = ConnectHandler(**given)
    try:
        yield connection
    finally:
        connection.disconnect()


@asynccontextmanager
async def login(device: Device, **options: Any) -> AsyncIterator[asyncssh.SSHClientConnection]:
    given: dict[str, Any] = {
        "username": "netpulse",
        "password": "netpulse",
        "known_hosts": None,
        "client_keys": None,
        "agent_path": None,
        "config": [],
        "kex_algs": ["curve25519-sha256"],
        **options,
    }
    async with asyncssh.connect(device.address, device.port, **given) as connection:
        yield connection


async def read_until(reader: asyncssh.SSHReader[str], text: str, seconds: float = 5.0) -> str:
    """What arrives up to and with `text`."""
    async with asyncio.timeout(seconds):
        return await reader.readuntil(text)
