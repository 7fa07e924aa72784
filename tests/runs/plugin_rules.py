"""Runbooks that work out what they send: no line of theirs stands in a parameter that is marked as sent."""

import contextlib
from typing import Any

from netpulse_core import Result, Task, Turn, errors, runbook
from netpulse_core.builtins.asking import Asking
from netpulse_core.builtins.commandline import command_line


@runbook
def works_out_reads(task: Task, words: list[str]) -> None:
    """Ask what the words say, in the order given."""
    connection = task.host.get_connection("netmiko", task.nornir.config)
    for word in words:
        connection.send_command(f"show {word}")


@runbook
def works_out_and_looks_away(task: Task, word: str) -> Result:
    """Ask, and call it a success whatever came."""
    connection = task.host.get_connection("netmiko", task.nornir.config)
    with contextlib.suppress(errors.CommandRejected):
        connection.send_command(f"show {word}")
    return Result(host=task.host, result=connection.send_command("show clock"))


@runbook(changes=True)
def works_out_config(task: Task, servers: list[str], save: bool = False) -> Result:
    """Push lines over the device's command line as one block."""
    lines = [f"ntp server {server}" for server in servers]
    push = command_line(task).send_config(lines, save=save)
    return Result(host=task.host, changed=push.changed, failed=push.error is not None, exception=push.error)


@runbook(changes=True)
def works_out_blocks(task: Task, blocks: list[list[str]]) -> None:
    """Push several blocks, each with a call of its own."""
    connection = task.host.get_connection("netmiko", task.nornir.config)
    for block in blocks:
        connection.send_config_set([f"ntp server {server}" for server in block])


@runbook(changes=True)
def works_out_dialog(task: Task, sent: list[str]) -> None:
    """Hold a dialogue of turns that wait for nothing."""
    command_line(task).send_dialog([Turn(one, "") for one in sent])


@runbook(changes=True)
def calls(task: Task, method: str, given: list[Any], driver: str = "netmiko") -> Result:
    """Call one method of a connection."""
    connection = task.host.get_connection(driver, task.nornir.config)
    return Result(host=task.host, result=str(getattr(connection, method)(*given)))


@runbook
def tests_recalls(task: Task, command: str) -> Result:
    """Take an earlier job's answer, whoever asked for it; ask where there is none."""
    asking = Asking(task, max_age=3600.0, read_timeout=10.0)
    return Result(host=task.host, result=asking.ask(command).text)
