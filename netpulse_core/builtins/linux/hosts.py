"""Which devices are servers of this driver."""

from typing import Any

from netpulse_core import Task, errors
from netpulse_core.builtins.commandline import KEY, driver_of

CONNECTION = "linux"


def is_server(task: Task) -> bool:
    """Whether the inventory says so: by the driver, or by the platform where it names none."""
    if task.host.get(KEY) is not None:
        return driver_of(task.host) == CONNECTION
    return str(task.host.platform or "") == "linux"


def server(task: Task) -> Any:
    """Return the device's connection; raise Refused where it is no server of this driver."""
    if not is_server(task):
        raise errors.Refused(
            f"{task.host.name}: commands with a status and scripts are for Linux servers, and its driver is"
            f" {driver_of(task.host)!r}",
            hint=f"a Linux server has the platform `linux`, or `{KEY}: {CONNECTION}` in its data",
        )
    return task.host.get_connection(CONNECTION, task.nornir.config)
