"""The command line of a task's device, over the driver the inventory names for it."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from nornir.core.inventory import Host

from netpulse_core import CommandLine, Device, Task, errors
from netpulse_core.builtins.netmiko.commandline import NetmikoLine
from netpulse_core.builtins.scrapli.commandline import ScrapliLine

KEY = Device.DRIVER

USUAL = "netmiko"

_OVER: Mapping[str, Callable[[Any, str], CommandLine]] = {
    "netmiko": NetmikoLine,
    "scrapli": ScrapliLine,
}
"""Connections that are no CommandLine themselves, and what makes one of them, given the connection and the device."""

_METHODS = ("send_command", "send_config", "send_dialog", "refusal")


def command_line(task: Task) -> CommandLine:
    """Return the device's command line; raise Refused where its driver offers none."""
    name = driver_of(task.host)
    connection = task.host.get_connection(name, task.nornir.config)
    if name in _OVER:
        return _OVER[name](connection, task.host.name)
    if missing := [method for method in _METHODS if not callable(getattr(connection, method, None))]:
        raise errors.Refused(
            f"{task.host.name}: the driver {name!r} has no command line (no {', '.join(missing)})",
            hint=f"name a driver that has one under the data key `{KEY}`, such as {USUAL}",
        )
    return cast("CommandLine", connection)


def driver_of(host: Host) -> str:
    """Return the name of the driver that speaks the device's command line."""
    name = host.get(KEY) or USUAL
    if not isinstance(name, str):
        raise errors.InvalidParameters(host.name, [f"{KEY}: must be the name of a driver"])
    return name
