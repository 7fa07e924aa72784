"""Runbooks made of other people's Nornir tasks, as a site writes them."""

import logging
from pathlib import Path

import nornir_netmiko.tasks as netmiko
import nornir_scrapli.tasks as scrapli
from nornir_jinja2.plugins.tasks import template_file, template_string
from nornir_napalm.plugins.tasks import napalm_cli, napalm_configure, napalm_get
from nornir_utils.plugins.tasks.data import echo_data
from nornir_utils.plugins.tasks.files import write_file

from netpulse_core import File, Result, Task, runbook

DESCRIPTION = "interface GigabitEthernet0/1\n description from napalm\n"


@runbook
def read_with_all(task: Task, folder: str) -> Result:
    """Read by every library, render, and write what came to a file."""
    task.run(netmiko.netmiko_send_command, command_string="show clock")
    task.run(napalm_get, getters=["facts"])
    task.run(napalm_cli, commands=["show clock"])
    task.run(scrapli.send_command, command="show clock")
    template = "{{ host.name }} is a {{ host.role }}, {{ word }}"
    (Path(folder) / "template.j2").write_text(template)
    text = task.run(template_string, template=template, word="inline")[0].result
    task.run(template_file, template="template.j2", path=folder, word="from a file")
    task.run(write_file, filename=f"{folder}/{task.host.name}.txt", content=text)
    task.run(echo_data, said=text)
    return Result(host=task.host, result=text)


@runbook(changes=True)
def configure_with_all(task: Task) -> Result:
    """Change by every library."""
    task.run(netmiko.netmiko_send_config, config_commands=["ntp server 192.0.2.1"])
    task.run(scrapli.send_configs, configs=["ntp server 192.0.2.2"])
    task.run(napalm_configure, configuration=DESCRIPTION)
    return Result(host=task.host, changed=True)


@runbook(changes=True)
def try_out(task: Task, dry_run: bool = False) -> Result:
    """Configure by NAPALM, which can only compare too."""
    task.run(napalm_configure, configuration=DESCRIPTION, dry_run=dry_run)
    return Result(host=task.host)


def inner(task: Task, words: str, fail: bool = False) -> Result:
    """Do two things, one beneath."""
    task.run(echo_data, name="deep", severity_level=logging.DEBUG, words=words)
    if fail:
        raise ValueError(f"{words} is wrong")
    return Result(host=task.host, result=words, diff="+ a line", changed=words == "second")


def silent(task: Task) -> None:
    """Say nothing of its own."""
    task.run(echo_data, name="beneath the silent one", n=1)


@runbook
def nest(task: Task, fail_on: str = "") -> Result:
    """Nest tasks in tasks."""
    task.run(inner, name="first inner", words="first")
    task.run(silent)
    task.run(silent, name="silent again")
    task.run(inner, name="second inner", words="second", fail=task.host.name == fail_on)
    return Result(host=task.host, result={"done": [1, 2]}, severity_level=logging.WARNING)


@runbook(name="clock")
def read_the_clock(task: Task) -> Result:
    """Read the clock, under another name than the function's."""
    return Result(host=task.host, result=task.run(netmiko.netmiko_send_command, command_string="show clock")[0].result)


@runbook
def change_although_it_reads(task: Task) -> None:
    """Try to change, marked as reading."""
    task.run(netmiko.netmiko_send_config, config_commands=["ntp server 192.0.2.9"])


@runbook
def weigh(task: Task, file: File) -> Result:
    """Say what came of a file."""
    return Result(host=task.host, result=[file.name, file.path.read_text()])


@runbook
def only_here(task: Task) -> None:
    """Be known to the tests and not to the service."""


class refused:  # noqa: N801  what the tests hand over that cannot travel
    """Callables of every kind that no service could know."""

    def __call__(self, task: Task) -> None:
        """Do nothing."""
