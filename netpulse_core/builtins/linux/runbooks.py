"""Runbooks for Linux servers: run a command or a script."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from netpulse_core import File, Result, SentLines, Task, errors, runbook
from netpulse_core.builtins.linux.hosts import server
from netpulse_core.builtins.linux.reading import is_read

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


Variables = dict[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], str]
Command = Annotated[str, AfterValidator(not_empty), SentLines()]
Seconds = Annotated[float, Field(gt=0, le=_LONGEST)]
Sudo = bool | str


@runbook(changes=True, timeout=_LONGEST + _MARGIN)
def run_command(
    task: Task,
    command: Command,
    timeout: Seconds = 60.0,
    env: Variables | None = None,
    sudo: Sudo = False,
    input: str = "",
) -> Result:
    """Run a command line on a Linux server; a status other than 0 is a failure.

    `sudo` is true for root, or the name of the user to be. What is given here is recorded with the run: secrets belong
    into the inventory, as references.
    """
    result = server(task).run(command, timeout=timeout, env=env, sudo=sudo, input=input)
    return _told(task, result, changed=bool(sudo or env) or not is_read(command))


@runbook(changes=True, timeout=_LONGEST + _MARGIN)
def run_script(
    task: Task,
    script: File,
    arguments: list[str] | None = None,
    timeout: Seconds = 300.0,
    env: Variables | None = None,
    sudo: Sudo = False,
) -> Result:
    """Run a script on a Linux server by the interpreter its first line names; a status other than 0 is a failure."""
    result = server(task).run_script(script, arguments or [], timeout=timeout, env=env, sudo=sudo)
    return _told(task, result, changed=True)


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
