"""The driver ssh in runs: sessions that stay open, the gate before a change, and netmiko beside it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netpulse_core.lab import Device
from netpulse_core.model.outcome import Outcome
from tests.builtins.site import Run, serving
from tests.servers.process import free_port

PLUGIN = """
from netpulse_core import Result, Task, runbook

@runbook
def change_though_it_reads(task: Task, method: str) -> Result:
    connection = task.host.get_connection("ssh", task.nornir.config)
    if method == "send_config":
        connection.send_config(["ntp server 192.0.2.7"])
    else:
        connection.send_command("clear counters")
    return Result(host=task.host)

@runbook(changes=True)
def push_and_come_again(task: Task, told: bool) -> Result:
    task.run(task=_push, told=told)
    task.host.get_connection("scrapli", task.nornir.config)
    return Result(host=task.host)

@runbook(changes=True)
def push_and_say_nothing(task: Task, then: list[str]) -> None:
    connection = task.host.get_connection("ssh", task.nornir.config)
    connection.send_config(["ntp server 192.0.2.7"])
    if then:
        raise connection.send_config(then).error

def _push(task: Task, told: bool) -> Result:
    connection = task.host.get_connection("ssh", task.nornir.config)
    if told:
        connection.send_config(["ntp server 192.0.2.7"])
    else:
        connection.send_command("clear counters")
    return Result(host=task.host)

@runbook
def ask_both_ways(task: Task) -> Result:
    from nornir_netmiko.tasks import netmiko_send_command

    slow = task.run(task=netmiko_send_command, command_string="show inventory")[0].result
    fast = task.host.get_connection("ssh", task.nornir.config).send_command("show inventory")
    return Result(host=task.host, result=slow == fast)
"""


@pytest.fixture
def run(device: Device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("LAB_PASSWORD", "netpulse")
    hosts: dict[str, Any] = {
        "leaf1": {
            "hostname": device.address,
            "port": device.port,
            "username": "netpulse",
            "password": "env:LAB_PASSWORD",
            "platform": "cisco_ios",
            "data": {"netpulse_driver": "ssh"},
            "connection_options": {"scrapli": {"port": free_port(device.address)}},
        }
    }
    site = tmp_path / "site"
    (site / "plugins").mkdir(parents=True)
    (site / "plugins" / "tests_ssh.py").write_text(PLUGIN)
    with serving(site, hosts) as run:
        yield run


def test_commands_share_one_session(run: Run, device: Device) -> None:
    first = run("send_commands", "leaf1", commands=["show version", "show inventory"])
    assert first.outcome is Outcome.OK
    assert "Cisco IOS Software" in first.steps[0].body
    again = run("send_commands", "leaf1", commands="show inventory")
    assert again.job.session_reused is True
    assert device.journal.logins == 1
    refused = run("send_commands", "leaf1", commands=["show nonsense"])
    assert refused.outcome is Outcome.REJECTED
    assert "Invalid input" in refused.message


def test_a_change_crosses_the_gate_and_says_what_stands(run: Run, device: Device) -> None:
    done = run("send_config", "leaf1", lines=["ntp server 192.0.2.7"], save=True)
    assert done.outcome is Outcome.CHANGED
    assert "ntp server 192.0.2.7" in device.startup_config
    partial = run("send_config", "leaf1", lines=["ntp server 192.0.2.8", "no such line"])
    assert partial.outcome is Outcome.PARTIAL
    assert run("send_config", "leaf1", lines=["no such line"]).outcome is Outcome.REJECTED


@pytest.mark.parametrize("method", ["send_config", "send_command"])
def test_a_run_that_reads_changes_nothing(run: Run, device: Device, method: str) -> None:
    done = run("change_though_it_reads", "leaf1", method=method)
    assert done.outcome is Outcome.REJECTED
    assert "this runbook only reads" in done.message
    assert device.journal.configured == 0
    assert "clear counters" not in device.journal.commands


def test_a_push_that_breaks_off_is_in_doubt(run: Run, device: Device) -> None:
    device.faults.drop_on = "ntp server 192.0.2.8"
    done = run("send_config", "leaf1", lines=["ntp server 192.0.2.7", "ntp server 192.0.2.8"])
    assert done.outcome is Outcome.IN_DOUBT
    assert "1 of 2 lines were taken" in done.message or "the session ended" in done.message


def test_lines_that_could_never_be_sent_leave_nothing_in_doubt(run: Run, device: Device) -> None:
    done = run("send_config", "leaf1", lines=["ntp server 192.0.2.7 ?"])
    assert done.outcome is Outcome.FAILED, done.message
    assert device.journal.configured == 0
    assert run("send_config", "leaf1", lines=["ntp server 192.0.2.7"]).outcome is Outcome.CHANGED


@pytest.mark.parametrize(("told", "outcome"), [(True, Outcome.PARTIAL), (False, Outcome.FAILED)])
def test_a_second_login_that_fails_does_not_say_that_nothing_was_sent(
    run: Run, device: Device, told: bool, outcome: Outcome
) -> None:
    done = run("push_and_come_again", "leaf1", told=told)
    assert "connection refused" in done.message.lower()
    assert done.outcome is outcome
    assert ("ntp server 192.0.2.7" in device.running_config) is told


@pytest.mark.parametrize(("lines", "outcome"), [([], Outcome.CHANGED), (["no such line"], Outcome.PARTIAL)])
def test_what_a_runbook_does_not_tell_is_known_by_what_its_calls_returned(
    run: Run, device: Device, lines: list[str], outcome: Outcome
) -> None:
    done = run("push_and_say_nothing", "leaf1", then=lines)
    assert "ntp server 192.0.2.7" in device.running_config
    assert done.outcome is outcome, done.message


@pytest.mark.thorough
def test_nornir_netmiko_tasks_work_beside_it(run: Run, device: Device) -> None:
    done = run("ask_both_ways", "leaf1")
    assert done.outcome is Outcome.OK
    assert done.steps[-1].body is True or any(step.body is True for step in done.steps)
    assert device.journal.logins == 2
