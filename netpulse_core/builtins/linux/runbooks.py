"""Runbooks for Linux servers: run a command or a script, put a file in its place, bring one back."""

import tempfile
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from netpulse_core import File, Result, Task, errors, runbook
from netpulse_core.builtins.commandline import KEY, driver_of
from netpulse_core.builtins.linux.reading import is_read

CONNECTION = "linux"
_LONGEST = 3600.0
_MARGIN = 60.0
"""Seconds that a job has beyond its command: to log in, to end it, and to tell."""


def not_empty(command: str) -> str:
    """Return a command; raise ValueError where it is none."""
    if not command.strip():
        raise ValueError("it is empty")
    if "\0" in command:
        raise ValueError("there is a NUL in it")
    return command


Command = Annotated[str, AfterValidator(not_empty)]
Seconds = Annotated[float, Field(gt=0, le=_LONGEST)]
Mode = Annotated[str, Field(pattern=r"^0?[0-7]{3,4}$")]
Sudo = bool | str


@runbook(changes=True, timeout=_LONGEST + _MARGIN)
def run_command(
    task: Task,
    command: Command,
    timeout: Seconds = 60.0,
    env: dict[str, str] | None = None,
    sudo: Sudo = False,
    input: str = "",
) -> Result:
    """Run a command line on a Linux server; a status other than 0 is a failure.

    `sudo` is true for root, or the name of the user to be. What is given here is recorded with the run: secrets belong
    into the inventory, as references.
    """
    result = _server(task).run(command, timeout=timeout, env=env, sudo=sudo, input=input)
    return _told(task, result, changed=bool(sudo or env) or not is_read(command))


@runbook(changes=True, timeout=_LONGEST + _MARGIN)
def run_script(
    task: Task,
    script: File,
    arguments: list[str] | None = None,
    timeout: Seconds = 300.0,
    env: dict[str, str] | None = None,
    sudo: Sudo = False,
) -> Result:
    """Run a script on a Linux server by the interpreter its first line names; a status other than 0 is a failure."""
    result = _server(task).run_script(script, arguments or [], timeout=timeout, env=env, sudo=sudo)
    return _told(task, result, changed=True)


@runbook(changes=True, timeout=_LONGEST + _MARGIN)
def put_file(
    task: Task, source: File, path: str, mode: Mode | None = None, sudo: Sudo = False, timeout: Seconds = 600.0
) -> Result:
    """Put a file in its place on a Linux server, unless its content and permissions are there already.

    Its hash is compared before it is put there, whole or not at all. Permissions and owner of a file that is replaced
    stay, unless `mode` says other permissions.
    """
    moved = _server(task).put(source, path, mode=mode, sudo=sudo, timeout=timeout)
    data = {"path": moved.path, "sha256": moved.sha256, "size": moved.size, "mode": moved.mode}
    return Result(host=task.host, result=data, changed=moved.changed)


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
    connection = _server(task)
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


def _server(task: Task) -> Any:
    """Return the device's connection; raise Refused where it is no server of this driver."""
    name = driver_of(task.host)
    if name != CONNECTION and not (task.host.get(KEY) is None and str(task.host.platform or "").startswith("linux")):
        raise errors.Refused(
            f"{task.host.name}: commands with a status, scripts and files are for Linux servers, and its driver is"
            f" {name!r}",
            hint=f"a Linux server has the platform `linux`, or `{KEY}: {CONNECTION}` in its data",
        )
    return task.host.get_connection(CONNECTION, task.nornir.config)


def _told(task: Task, result: Any, *, changed: bool) -> Result:
    data: dict[str, Any] = {"exit_status": result.exit_status, "stdout": result.stdout, "stderr": result.stderr}
    if result.truncated:
        data["truncated"] = True
    if result.ok:
        return Result(host=task.host, result=data, changed=changed)
    how = f"ended by {result.signal}" if result.signal else f"exit status {result.exit_status}"
    words = " ".join(result.stderr.split())[-300:]
    error = errors.DeviceError(f"{how}{': ' if words else ''}{words}", device=task.host.name)
    return Result(host=task.host, result=data, changed=changed, failed=True, exception=error)
