"""Tasks of nornir_napalm, unchanged, as a site calls them."""

from typing import Any

from nornir_napalm.plugins import tasks

from netpulse_core import Result, Task, runbook


@runbook
def reads(task: Task) -> Result:
    """Call every task that reads."""
    found: dict[str, Any] = {
        "get": task.run(tasks.napalm_get, getters=["facts"])[0].result["facts"]["hostname"],
        "cli": task.run(tasks.napalm_cli, commands=["show clock"])[0].result["show clock"],
        "ping": task.run(tasks.napalm_ping, dest="192.0.2.1")[0].result,
        "validate": task.run(tasks.napalm_validate, validation_source=[{"get_facts": {"vendor": "Cisco"}}])[0].result,
    }
    return Result(host=task.host, result=found)


@runbook
def configures_while_it_only_reads(task: Task, configuration: str) -> Result:
    """Try to change from a runbook that only reads."""
    return Result(host=task.host, result=task.run(tasks.napalm_configure, configuration=configuration)[0].diff)


@runbook
def reloads_while_it_only_reads(task: Task) -> Result:
    """Try a command that changes."""
    return Result(host=task.host, result=task.run(tasks.napalm_cli, commands=["show clock", "reload"])[0].result)


@runbook(changes=True, timeout=120)
def configures(task: Task, configuration: str, undo: bool = False, revert_in: int | None = None) -> Result:
    """Configure, confirm, and roll back."""
    task.run(tasks.napalm_configure, configuration=configuration, revert_in=revert_in)
    if revert_in:
        task.run(tasks.napalm_confirm_commit)
    if undo:
        task.run(tasks.napalm_rollback)
    return Result(host=task.host)
