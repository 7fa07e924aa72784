"""The runbooks every site starts with: read, push lines, and see whether a device is there."""

import json
import re
import socket
import time
from typing import Annotated, Any, Literal

from nornir.core.exceptions import NornirSubTaskError
from pydantic import AfterValidator, Field

from netpulse_core import Queue, Result, Task, errors, runbook
from netpulse_core.builtins.netmiko import configuring, prompts
from netpulse_core.builtins.netmiko.platforms import rejection, without_secrets

CONNECTION = "netmiko"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def several(text: list[str] | str) -> list[str]:
    """Return the lines of a text or of a list of texts, blank ones left out; raise ValueError where none is left."""
    texts = [text] if isinstance(text, str) else text
    lines = [line.rstrip() for one in texts for line in one.replace("\r\n", "\n").split("\n") if line.strip()]
    if not lines:
        raise ValueError("there is no line in it")
    for line in lines:
        if _CONTROL.search(line):
            raise ValueError(f"a control character in {line!r}")
    return lines


Lines = Annotated[list[str] | str, AfterValidator(several)]
Seconds = Annotated[float, Field(gt=0)]


@runbook
def send_commands(
    task: Task, commands: Lines, parse: Literal["json"] | None = None, read_timeout: Seconds = 30.0
) -> Result:
    """Run commands that read and return each one's output.

    Each command is a step. A refused one fails its step and the job; the others are still run.
    """
    failures = [
        failure
        for command in _lines_of("send_commands", "commands", commands)
        if (failure := _step(task, command, parse, read_timeout)) is not None
    ]
    if failures:
        return Result(host=task.host, failed=True, exception=failures[0], result=str(failures[0]))
    return Result(host=task.host)


def _step(task: Task, command: str, parse: str | None, read_timeout: float) -> BaseException | None:
    """Run one command; return what failed about it where the next one can be run all the same."""
    try:
        task.run(task=_send_command, name=command, command=command, parse=parse, read_timeout=read_timeout)
    except NornirSubTaskError as error:
        cause = error.result[0].exception
        if isinstance(cause, (errors.CommandRejected, json.JSONDecodeError)):
            return cause
        raise (cause or error) from None  # the session can no longer be relied on
    return None


def _send_command(task: Task, command: str, parse: str | None, read_timeout: float) -> Result:
    connection = task.host.get_connection(CONNECTION, task.nornir.config)
    output = prompts.ask(connection, command.strip(), read_timeout)
    refused = rejection(connection.device_type, output)
    if refused is not None:
        error = errors.CommandRejected(
            f"{without_secrets(command)!r} refused: {without_secrets(refused)}", device=task.host.name
        )
        return Result(host=task.host, result=output, failed=True, exception=error)
    if parse != "json":
        return Result(host=task.host, result=output)
    try:
        return Result(host=task.host, result=json.loads(output))
    except json.JSONDecodeError as error:
        error.add_note(f"{task.host.name}: the answer to {command.strip()!r} is not JSON")
        return Result(host=task.host, result=output, failed=True, exception=error)


@runbook(changes=True, timeout=300.0)
def send_config(task: Task, lines: Lines, save: bool = False) -> Result:
    """Send configuration lines, stop at the first refused one, and save when asked.

    Where lines take effect at once, those before the refused one are in the running configuration, and the result
    says so; where the platform commits, nothing is committed.
    """
    wanted = _lines_of("send_config", "lines", lines)
    connection = task.host.get_connection(CONNECTION, task.nornir.config)
    push = configuring.push(connection, task.host.name, wanted, save=save)
    return Result(
        host=task.host,
        result=push.answers,
        changed=push.changed,
        failed=push.error is not None,
        exception=push.error,
        accepted=push.accepted,
    )


@runbook(queue=Queue.FIFO, timeout=30.0)
def probe(task: Task, timeout: Seconds = 3.0) -> Result:
    """Say whether the device's management port answers."""
    target = task.host.get_connection_parameters(CONNECTION)
    address = target.hostname or task.host.name
    port = target.port or (23 if str(target.platform or "").endswith("_telnet") else 22)
    started = time.monotonic()
    try:
        socket.create_connection((address, port), timeout=timeout).close()
    except OSError as error:
        why = "no answer in time" if isinstance(error, TimeoutError) else (error.strerror or str(error)).lower()
        raise errors.Unreachable(f"{address} port {port}: {why}", device=task.host.name) from error
    data: dict[str, Any] = {
        "address": address,
        "port": port,
        "milliseconds": round((time.monotonic() - started) * 1000, 2),
    }
    return Result(host=task.host, result=data)


def _lines_of(runbook_name: str, parameter: str, given: list[str] | str) -> list[str]:
    """Validate again: in a plain Nornir script nobody did."""
    try:
        return several(given)
    except ValueError as error:
        raise errors.InvalidParameters(runbook_name, [f"parameter {parameter!r}: {error}"]) from error
