"""Files to devices and back: put one in its place, bring one and keep it under its run."""

import tempfile
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from netpulse_core import File, Result, Task, errors, runbook
from netpulse_core.builtins.commandline import KEY, driver_of
from netpulse_core.builtins.linux.hosts import CONNECTION, is_server, server
from netpulse_core.builtins.netmiko import transfer as scp

_LONGEST = 3600.0
_MARGIN = 60.0
"""Seconds that a job has beyond its transfer: to log in, and to tell."""

Seconds = Annotated[float, Field(gt=0, le=_LONGEST)]
Mode = Annotated[str, Field(pattern=r"^0?[0-7]{3,4}$")]
Sudo = bool | str


@runbook(changes=True, timeout=_LONGEST + _MARGIN)
def put_file(
    task: Task, source: File, path: str, mode: Mode | None = None, sudo: Sudo = False, timeout: Seconds = 600.0
) -> Result:
    """Put a file in its place, unless it is there already; its hash is compared before and after.

    On a Linux server it is put there whole or not at all, and permissions and owner of a file that is replaced stay,
    unless `mode` says other permissions. On a router, over SCP, another content that is there is left alone.
    """
    if is_server(task):
        moved = server(task).put(source, path, mode=mode, sudo=sudo, timeout=timeout)
        data = {"path": moved.path, "sha256": moved.sha256, "size": moved.size, "mode": moved.mode}
        return Result(host=task.host, result=data, changed=moved.changed)
    if driver_of(task.host) != "netmiko":
        raise _no_files(task)
    if mode is not None or sudo:
        raise errors.InvalidParameters("put_file", [f"{task.host.name} has no permissions to set and no sudo"])
    return _put_over_scp(task, source, path)


def _put_over_scp(task: Task, source: File, path: str) -> Result:
    connection = task.host.get_connection("netmiko", task.nornir.config)
    put = getattr(connection, "netpulse_put_file", None)  # nornir_netmiko's own connection, in a plain script, has none
    done = put(source, path) if put else scp.put_file(connection, source, path, device=task.host.name)
    data: dict[str, Any] = {"path": done.path, "sha256": source.sha256, "size": source.size}
    if done.verified:
        return Result(host=task.host, result=data, changed=done.changed)
    error = errors.DeviceError(
        f"{done.path} was written and is not the file that was sent: its MD5 is another",
        device=task.host.name,
        hint="delete it, and look at the device's storage",
    )
    return Result(host=task.host, result=data, changed=True, failed=True, exception=error)


@runbook(timeout=_LONGEST + _MARGIN)
def get_file(
    task: Task,
    path: str,
    sudo: Sudo = False,
    largest: Annotated[int, Field(gt=0)] = 64 * 1024 * 1024,
    timeout: Seconds = 600.0,
) -> Result:
    """Bring a file back from a Linux server and keep it under its run; `file` is what it is called from then on.

    `largest` is the most bytes that are taken. In a plain Nornir script the file is kept in a temporary folder.
    """
    if not is_server(task):
        raise _no_files(task)
    connection = server(task)
    keep = getattr(task.host, "keep_file", None)
    if keep is None:
        local = Path(tempfile.mkdtemp(prefix="netpulse-")) / Path(path).name
        moved = connection.get(path, local, sudo=sudo, most=largest, timeout=timeout)
        return Result(host=task.host, result={"file": str(local), "sha256": moved.sha256, "size": moved.size})
    with tempfile.TemporaryDirectory(prefix="netpulse-") as folder:
        local = Path(folder) / "content"
        moved = connection.get(path, local, sudo=sudo, most=largest, timeout=timeout)
        kept = keep(local, Path(path).name)
    return Result(host=task.host, result={"file": str(kept), "sha256": moved.sha256, "size": moved.size})


def _no_files(task: Task) -> errors.Refused:
    return errors.Refused(
        f"{task.host.name}: the driver {driver_of(task.host)!r} does not move files this way",
        hint=f"put_file is for `{KEY}: {CONNECTION}` and netmiko, get_file for `{KEY}: {CONNECTION}`",
    )
