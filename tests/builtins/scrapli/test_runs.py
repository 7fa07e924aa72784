"""Scrapli in runs: nornir_scrapli's own tasks, and our runbooks on a device whose driver it is."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netpulse_core.lab import Device, Lab
from netpulse_core.model.outcome import Outcome
from tests.builtins.site import Run, serving


@pytest.fixture(scope="module")
def run(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "plugins").mkdir()
    shutil.copy(Path(__file__).with_name("plugin.py"), folder / "plugins" / "nornirs_own.py")
    hosts: dict[str, Any] = {
        name: {
            "hostname": device.address,
            "port": device.port,
            "platform": "ios",
            "username": "netpulse",
            "password": "env:NETPULSE_SCRAPLI_TEST",
            "data": {"netpulse_driver": "scrapli"},
        }
        for name, device in lab.devices.items()
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NETPULSE_SCRAPLI_TEST", "netpulse")
        with serving(folder, hosts) as run:
            yield run


@pytest.fixture(autouse=True)
def _pristine(device: Device) -> None:
    """Each test finds the device as it was delivered."""


def test_tasks_that_read_run_as_they_are_on_a_session_that_stays(run: Run) -> None:
    done = run("scrapli_reads", "leaf1")
    assert done.outcome is Outcome.OK
    found = done.steps[-1].body
    assert found["prompt"] == "leaf1#"
    assert "UTC" in found["one"]
    assert "Cisco IOS Software" in found["two"]
    assert run("scrapli_reads", "leaf1").job.session_reused is True


@pytest.mark.parametrize("command", ["show clokk", "show"])
def test_a_refused_command_is_rejected_although_the_task_does_not_look(run: Run, command: str) -> None:
    done = run("scrapli_reads", "leaf1", command=command)
    assert done.outcome is Outcome.REJECTED
    assert f"'{command}' refused" in done.message


def test_nothing_changes_in_a_run_that_reads(run: Run, device: Device) -> None:
    assert run("scrapli_configures_while_it_only_reads", "leaf1").outcome is Outcome.REJECTED
    assert run("scrapli_reads", "leaf1", command="reload").outcome is Outcome.REJECTED
    assert not any("configure" in line or "reload" in line for one in device.journal.sessions for line in one.lines)


def test_lines_are_pushed_and_a_refused_one_stops_them(run: Run, device: Device) -> None:
    assert run("scrapli_configures", "leaf1", configs=["ntp server 192.0.2.7"]).outcome is Outcome.CHANGED
    assert "ntp server 192.0.2.7" in device.running_config
    part = run("scrapli_configures", "leaf1", configs=["ntp server 192.0.2.8", "no such line", "ntp server 192.0.2.9"])
    assert part.outcome is Outcome.PARTIAL
    assert "ntp server 192.0.2.9" not in device.running_config
    none = run("scrapli_configures", "leaf1", configs=["no such line", "ntp server 192.0.2.9"])
    assert none.outcome is Outcome.REJECTED


def test_a_dry_run_changes_nothing(run: Run, device: Device) -> None:
    assert run("scrapli_configures", "leaf1", configs=["ntp server 192.0.2.7"], dry_run=True).outcome is Outcome.OK
    assert "192.0.2.7" not in device.running_config


def test_a_dialogue_runs_as_it_is(run: Run, device: Device) -> None:
    assert run("scrapli_erases", "leaf1", answer="").outcome is Outcome.CHANGED
    assert device.startup_config == ""


def test_a_push_that_breaks_off_is_in_doubt(run: Run, lab: Lab) -> None:
    held = lab.devices["leaf2"]
    held.faults.drop_on = "ntp server 192.0.2.8"
    done = run("scrapli_configures", "leaf2", configs=["ntp server 192.0.2.7", "ntp server 192.0.2.8"])
    assert done.outcome is Outcome.IN_DOUBT


@pytest.mark.thorough
def test_our_runbooks_speak_through_scrapli_where_the_inventory_says_so(run: Run, device: Device) -> None:
    read = run("send_commands", "leaf1", commands=["show clock"])
    assert read.outcome is Outcome.OK
    assert "UTC" in read.steps[0].body
    assert run("send_config", "leaf1", lines=["ntp server 192.0.2.7"], save=True).outcome is Outcome.CHANGED
    assert "ntp server 192.0.2.7" in device.startup_config
    assert run("send_config", "leaf1", lines=["no such line"]).outcome is Outcome.REJECTED
    turns = [{"send": "write erase", "expect": "confirm"}, {"send": ""}]
    assert run("send_dialog", "leaf1", turns=turns).outcome is Outcome.CHANGED
    assert device.startup_config == ""
    sessions = device.journal.sessions
    assert all("terminal width 512" in one.lines for one in sessions)  # as scrapli asks, and netmiko does not
