"""A driver for tests that asks for host keys and goes through jump hosts: SSH without a command line."""

import time
from collections.abc import Mapping
from typing import Any

from netpulse_core import ConnectionParameters, Driver, Result, Task, errors, hookimpl, runbook
from netpulse_core.builtins import asyncssh_transport as transport


class Door(Driver):
    """Logs in, and that is all."""

    name = "door"
    reads = frozenset({"get_extra_info"})

    def open(self, parameters: ConnectionParameters, *, timeout: float) -> Any:
        """Log in."""
        return transport.run(transport.connect(parameters, deadline=time.monotonic() + timeout), timeout=timeout + 5)

    def close(self, connection: Any) -> None:
        """Log out."""
        transport.close(connection)

    def abort(self, connection: Any) -> None:
        """Break off."""
        transport.abort(connection)

    def alive(self, connection: Any) -> bool:
        """Say so."""
        return not connection.is_closed()

    def probe(self, connection: Any, *, timeout: float) -> None:
        """Believe it."""

    def at_rest(self, connection: Any) -> bool:
        """It never does anything."""
        return True

    def device_session(self, connection: Any) -> str | None:
        """It has no name."""
        return None

    def lines(self, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[str, ...]:
        """It sends none."""
        return ()

    def is_read(self, platform: str | None, line: str) -> bool:
        """It sends none."""
        return False

    def translate(self, error: BaseException, device: str) -> errors.DeviceError | None:
        """Say the transport's error as ours."""
        return transport.translate(error, device)


@hookimpl
def register_drivers() -> list[Driver]:
    """Offer the driver."""
    return [Door()]


@runbook(timeout=20.0, attempts=1)
def knock(task: Task) -> Result:
    """Log in, and say to where."""
    connection = task.host.get_connection("door", task.nornir.config)
    return Result(host=task.host, result=str(connection.get_extra_info("peername")[1]))
