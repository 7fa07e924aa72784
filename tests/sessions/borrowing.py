"""What the tests of the pool share: how to reach a device of the lab, and a borrower as a job is one."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from netpulse_core.builtins.netmiko.driver import Netmiko
from netpulse_core.lab import Device
from netpulse_core.model.connection import ConnectionParameters
from netpulse_core.model.session import DeviceSession
from netpulse_core.sessions.lender import Lender
from netpulse_core.sessions.pool import Pool
from netpulse_core.testing.trust import FirstSeen
from tests.runs.service import SECRET


def reaching(device: Device, **more: Any) -> ConnectionParameters:
    """How to reach a device of the lab."""
    given: dict[str, Any] = {
        "device": device.name,
        "address": device.address,
        "port": device.port,
        "username": "netops",
        "password": SECRET,
        "platform": "cisco_ios",
        "host_keys": FirstSeen(),
    }
    return ConnectionParameters(**{**given, **more})


def pool_with(**values: Any) -> Pool:
    """A pool of generous bounds, but for `values`."""
    bounds: dict[str, Any] = {"idle_timeout": 60, "most": 8, "connect_timeout": 10, "clock": time.monotonic}
    return Pool(**{**bounds, **values})


class Gate:
    """Lets everything through, or nothing that changes."""

    def __init__(self, changes: bool) -> None:
        self.open_for_changes = changes

    def cross(self, session: DeviceSession, baseline: str | None = None) -> None:
        """Let it through."""


@contextmanager
def job(
    pool: Pool,
    parameters: ConnectionParameters,
    *,
    changes: bool = False,
    seconds: float = 40,
    driver: Netmiko | None = None,
) -> Iterator[Any]:
    """A job on the device: yields its lender, and gives back what it lent."""
    lender = Lender(
        pool,
        {"netmiko": driver or Netmiko()},
        device=parameters.device,
        parameters=lambda _: parameters,
        gate=Gate(changes),
        until=time.monotonic() + seconds,
        own_session=changes,
    )
    trusted = False
    try:
        yield lender
        trusted = True
    finally:
        lender.give_back(trusted=trusted)


def ask(pool: Pool, parameters: ConnectionParameters, command: str = "show clock") -> str:
    """Run one job that asks one thing."""
    with job(pool, parameters) as lender:
        return str(lender.connection("netmiko").send_command(command))
