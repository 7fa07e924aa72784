"""Tasks of nornir_scrapli, unchanged, as a site calls them."""

from typing import Any

from nornir_scrapli import tasks

from netpulse_core import Result, Task, runbook


@runbook
def scrapli_reads(task: Task, command: str = "show clock") -> Result:
    """Call every task that reads."""
    found: dict[str, Any] = {
        "prompt": task.run(tasks.get_prompt)[0].result,
        "one": task.run(tasks.send_command, command=command)[0].result,
        "two": task.run(tasks.send_commands, commands=["show version", "show users"])[0].result,
    }
    return Result(host=task.host, result=found)


@runbook
def scrapli_configures_while_it_only_reads(task: Task) -> Result:
    """Try to change from a runbook that only reads."""
    task.run(tasks.send_config, config="ntp server 192.0.2.7")
    return Result(host=task.host)


@runbook(changes=True)
def scrapli_configures(task: Task, configs: list[str], dry_run: bool = False) -> Result:
    """Send lines of configuration."""
    task.run(tasks.send_configs, configs=configs, dry_run=dry_run)
    return Result(host=task.host)


@runbook(changes=True)
def scrapli_erases(task: Task, answer: str) -> Result:
    """Hold a dialogue."""
    events = [("write erase", "Continue? [confirm]", False), (answer, "", False)]
    task.run(tasks.send_interactive, interact_events=events)
    return Result(host=task.host, changed=True)
