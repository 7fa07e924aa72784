"""The runbooks every site starts with: read, push lines, and see whether a device is there."""

import json
import re
import socket
import time
from typing import Annotated, Any, Literal

from nornir.core.exceptions import NornirSubTaskError
from pydantic import AfterValidator, Field

from netpulse_core import Push, Queue, Result, SentLines, Task, errors, parse, runbook
from netpulse_core.builtins.asking import Asking
from netpulse_core.builtins.commandline import command_line, driver_of
from netpulse_core.builtins.dialogues import Turns, turns_of
from netpulse_core.builtins.netmiko.platforms import without_secrets
from netpulse_core.builtins.ports import tcp_port

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


_UNREADABLE = (json.JSONDecodeError, errors.TemplateFailed, errors.NotFound, errors.ServiceError)
"""What reading an answer as data may end in; the session is as good as it was."""

Lines = Annotated[list[str] | str, AfterValidator(several), SentLines()]
Seconds = Annotated[float, Field(gt=0)]
Age = Annotated[float, Field(ge=0, le=3600)]


@runbook
def send_commands(
    task: Task,
    commands: Lines,
    parse: Literal["json", "textfsm", "ttp"] | None = None,
    read_timeout: Seconds = 30.0,
    max_age: Age = 0.0,
) -> Result:
    """Run commands that read and return each one's output.

    Each command is a step. A refused one fails its step and the job; the others are still run. `max_age` takes an
    earlier job's answer that is at most so many seconds old, unless NetPulse has changed the device since. `parse`
    returns the records beside the output, with the template they were read by; an answer that cannot be parsed fails
    its step and is returned as it came.
    """
    asking = Asking(task, max_age=max_age, read_timeout=read_timeout)
    failures = [
        failure
        for command in _lines_of("send_commands", "commands", commands)
        if (failure := _step(task, asking, command, parse)) is not None
    ]
    if failures:
        return Result(host=task.host, failed=True, exception=failures[0], result=str(failures[0]))
    return Result(host=task.host)


def _step(task: Task, asking: Asking, command: str, parse: str | None) -> BaseException | None:
    """Run one command; return what failed about it where the next one can be run all the same."""
    try:
        task.run(task=_send_command, name=command, asking=asking, command=command, parse=parse)
    except NornirSubTaskError as error:
        cause: BaseException | None = error.result[0].exception
        answered = getattr(error.result[0], "answered", False)
        if cause is not None and (answered or isinstance(cause, errors.CommandRejected)):
            return cause
        raise (cause or error) from None  # the session can no longer be relied on
    return None


def _send_command(task: Task, asking: Asking, command: str, parse: str | None) -> Result:
    answer = asking.ask(command.strip())
    if answer.refused is not None:
        return _refused(task, command, answer.text, answer.refused)
    try:
        result = answer.text if parse is None else _read(task, command.strip(), answer.text, parse)
    except _UNREADABLE as error:  # what the device said is never lost over it
        error.add_note(f"{task.host.name}: the answer to {command.strip()!r} is not what {parse} can read")
        return Result(host=task.host, result=answer.text, failed=True, exception=error, age=answer.age, answered=True)
    return Result(host=task.host, result=result, age=answer.age)


def _read(task: Task, command: str, output: str, parser: str) -> Any:
    """Return what an answer says as data; raise one of _UNREADABLE."""
    if parser == "json":
        return json.loads(output)
    found = parse(task, output, command=command, parser=parser)
    return {
        "records": found.records,
        "template": found.template,
        "version": found.version,
        "lines": found.lines,
        "matched": found.matched,
        "parse_suspect": found.suspect,
        "output": output,
    }


def _refused(task: Task, sent: str, output: str, why: str) -> Result:
    said = f"{without_secrets(sent)!r} refused: {without_secrets(why)}"
    error = errors.CommandRejected(said, device=task.host.name)
    return Result(host=task.host, result=output, failed=True, exception=error)


@runbook(changes=True, timeout=300.0, baseline=True, atomic=True)
def send_config(task: Task, lines: Lines, save: bool = False, read_timeout: Seconds = 30.0) -> Result:
    """Send configuration lines, stop at the first refused one, and save when asked.

    Where lines take effect at once, those before the refused one are in the running configuration, and the result
    says so; where the platform commits, nothing is committed.
    """
    wanted = _lines_of("send_config", "lines", lines)
    push = command_line(task).send_config(wanted, save=save, read_timeout=read_timeout)
    return Result(
        host=task.host,
        result=_as_data(push),
        changed=push.changed,
        failed=push.error is not None,
        exception=push.error,
        accepted=push.accepted,
    )


def _as_data(push: Push) -> dict[str, Any]:
    """Return each line that was sent with what the device answered, and what it answered to commit and save."""
    return {"lines": [one._asdict() for one in push.lines], "committed": push.committed}


@runbook(changes=True, timeout=300.0)
def send_dialog(task: Task, turns: Turns, read_timeout: Seconds = 30.0) -> Result:
    """Hold a dialogue: send each turn, and wait until the device asks what the turn expects.

    A turn without `expect` waits for the prompt. The dialogue ends at the first turn that is refused, or after which
    the device is back at its prompt instead of asking: nothing more is sent. Parameters are recorded with the run, so
    a turn that would answer a question for a password is refused.
    """
    wanted = turns_of(turns)
    line = command_line(task)
    answers = line.send_dialog(wanted, read_timeout=read_timeout)
    for number, (turn, answer) in enumerate(zip(wanted, answers, strict=False), 1):
        refused = line.refusal(answer) if number == len(answers) else None
        if refused is None and number == len(answers) < len(wanted):
            refused = f"{turn.expect!r} was expected, and the device was back at its prompt"
        name = turn.send or "(return)"
        try:
            task.run(task=_took_turn, name=name, turn=turn.send, answer=answer, refused=refused)
        except NornirSubTaskError as error:
            raise (error.result[0].exception or error) from None
    return Result(host=task.host, changed=True)


def _took_turn(task: Task, turn: str, answer: str, refused: str | None) -> Result:
    if refused is not None:
        return _refused(task, turn, answer, refused)
    return Result(host=task.host, result=answer, changed=True)


@runbook(queue=Queue.FIFO, timeout=30.0)
def probe(task: Task, timeout: Seconds = 3.0) -> Result:
    """Say whether the device's management port answers: the TCP port of its driver, where the inventory names none.

    Refused for a device that is asked over UDP or through a jump host, of which a connection from here says nothing.
    """
    address, port = tcp_port(task.host, driver_of(task.host))
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
