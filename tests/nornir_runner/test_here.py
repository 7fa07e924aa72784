"""Nornir's own `run` in this process: any callable, unchanged, over sessions that are kept between tasks."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import nornir_netmiko.tasks as netmiko
import pytest
from nornir.core.task import Result, Task
from nornir_netmiko.tasks import netmiko_send_command
from nornir_utils.plugins.tasks.data import echo_data

from netpulse_core import errors
from netpulse_core.lab import Lab
from tests.nornir_runner import plugin
from tests.nornir_runner.conftest import Made
from tests.nornir_runner.test_by_service import shape

SCRIPT = """
from nornir import InitNornir
from nornir_netmiko.tasks import netmiko_send_command

files = {{"host_file": "{0}/hosts.yaml", "group_file": "{0}/groups.yaml", "defaults_file": "{0}/defaults.yaml"}}
inventory = {{"plugin": "SimpleInventory", "options": files}}
nornir = InitNornir(inventory=inventory, runner={{"plugin": "netpulse"}}, logging={{"enabled": False}})

def ask(task):
    task.run(netmiko_send_command, command_string="show clock")

result = nornir.filter(name="leaf1").run(ask)
print(len(result["leaf1"]), result.failed)
"""


@pytest.mark.thorough
def test_any_callable_runs_over_sessions_that_are_kept(here: Made, lab: Lab) -> None:
    nornir = here()
    for _ in range(3):
        result = nornir.run(lambda task: task.run(netmiko_send_command, command_string="show clock"), name="a lambda")
        assert not result.failed, result["leaf1"].exception
    assert [lab.devices[name].journal.logins for name in ("leaf1", "leaf2")] == [1, 1]
    nornir.close_connections()
    assert lab.devices["leaf1"].journal.wait_until_idle(20)
    assert not nornir.run(netmiko_send_command, command_string="show clock").failed
    assert lab.devices["leaf1"].journal.logins == 2


def test_results_are_those_of_nornirs_own_runner(here: Made) -> None:
    own = here(runner="serial").run(plugin.nest, fail_on="leaf2")
    pooled = here(num_workers=2).run(plugin.nest, fail_on="leaf2")
    assert {name: shape(each) for name, each in pooled.items()} == {name: shape(each) for name, each in own.items()}
    failed: Any = pooled["leaf2"][4]
    assert type(failed[0].exception) is ValueError
    nornir = here("leaf1")
    result = nornir.run(echo_data, n=1)
    assert result["leaf1"][0].host is nornir.inventory.hosts["leaf1"]


def test_what_a_task_says_of_its_host_is_there_for_the_next(here: Made, lab: Lab) -> None:
    nornir = here("leaf1")
    host = nornir.inventory.hosts["leaf1"]

    def note(task: Task) -> None:
        task.host["seen"] = task.host.name
        task.host.password = "wrong"

    nornir.run(note)
    assert (host["seen"], host.password) == ("leaf1", "wrong")
    result = nornir.run(netmiko_send_command, command_string="show clock")
    assert isinstance(result["leaf1"].exception, errors.AuthenticationFailed)

    def mend(task: Task) -> None:
        task.host.password = "netpulse"
        task.run(netmiko_send_command, command_string="show clock")

    assert not nornir.run(mend, on_failed=True).failed


def test_a_connection_a_script_opens_by_its_own_means_is_the_one_it_gets(here: Made, lab: Lab) -> None:
    nornir = here("leaf1")
    nornir.run(netmiko_send_command, command_string="show clock")

    def by_hand(task: Task) -> Result:
        task.host.open_connection("netmiko", task.nornir.config, password="netpulse")
        mine = task.host.get_connection("netmiko", task.nornir.config)
        return Result(host=task.host, result=type(mine).__name__)

    assert nornir.run(by_hand)["leaf1"].result == "CiscoIosSSH"
    host = nornir.inventory.hosts["leaf1"]
    assert list(host.connections) == ["netmiko"]
    assert lab.devices["leaf1"].journal.logins == 2
    nornir.close_connections()
    assert not host.connections
    assert lab.devices["leaf1"].journal.wait_until_idle(20)


def test_only_a_runbook_that_says_it_reads_is_held_to_it(here: Made, lab: Lab) -> None:
    nornir = here("leaf1")
    refused = nornir.run(plugin.change_although_it_reads)
    assert isinstance(refused["leaf1"][1].exception, errors.CommandRejected)
    assert not lab.devices["leaf1"].journal.applied
    again = nornir.run(netmiko.netmiko_send_config, config_commands=["ntp server 192.0.2.3"], on_failed=True)
    assert not again.failed
    assert lab.devices["leaf1"].journal.applied == ["ntp server 192.0.2.3"]


def test_another_host_key_later_is_refused(here: Made, lab: Lab) -> None:
    nornir = here("leaf1")
    assert not nornir.run(netmiko_send_command, command_string="show clock").failed
    nornir.close_connections()
    assert lab.devices["leaf1"].journal.wait_until_idle(20)
    lab.devices["leaf1"].renew_host_key()
    result = nornir.run(netmiko_send_command, command_string="show clock")
    assert isinstance(result["leaf1"].exception, errors.HostKeyChanged)


@pytest.mark.thorough
def test_a_script_ends_by_itself_and_takes_leave(site: Path, lab: Lab, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(site / "inventory")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "2 False\n", "")
    assert lab.devices["leaf1"].journal.wait_until_idle(20)
    (session,) = lab.devices["leaf1"].journal.sessions
    assert session.lines[-1] == "exit"


def test_a_site_that_is_not_there_is_named(here: Made) -> None:
    with pytest.raises(errors.SiteError, match="nowhere: there is no such folder"):
        here(site="nowhere")
