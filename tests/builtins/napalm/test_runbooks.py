"""NAPALM in runs: our runbooks, nornir_napalm's own tasks, and what they come to on a device."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netpulse_core.errors import InvalidParameters
from netpulse_core.lab import Device
from netpulse_core.model.outcome import Outcome
from tests.builtins.napalm.conftest import as_delivered
from tests.builtins.site import Run, serving
from tests.servers.process import free_port

WANTED = "interface GigabitEthernet0/1\n description from napalm\n"
SPOILT = f"hostname\n{WANTED}"


@pytest.fixture(scope="module")
def run(lab: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "plugins").mkdir()
    shutil.copy(Path(__file__).with_name("plugin.py"), folder / "plugins" / "nornirs_own.py")
    login = {"username": "netpulse", "password": "env:NETPULSE_NAPALM_TEST"}
    hosts = {
        name: {"hostname": device.address, "port": device.port, "platform": "ios", **login}
        for name, device in lab.devices.items()
    }
    hosts["nexus"] = {"hostname": "127.0.0.1", "port": free_port(), "platform": "nxos_ssh", **login}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NETPULSE_NAPALM_TEST", "netpulse")
        with serving(folder, hosts) as run:
            yield run


@pytest.fixture
def ios(lab: Any) -> Iterator[Device]:
    """A device as it was delivered, whose sessions the node keeps."""
    device = lab.devices["leaf1"]
    as_delivered(device)
    yield device
    device.faults.heal()


@pytest.fixture(autouse=True)
def _pristine(ios: Device) -> None:
    """Each test finds the device as it was delivered."""


def test_getters_are_steps_with_data(run: Run) -> None:
    done = run("napalm_get", "leaf1", getters=["facts", "get_interfaces"])
    assert done.outcome is Outcome.OK
    assert [step.label for step in done.steps] == ["facts", "interfaces"]
    assert done.steps[0].body["hostname"] == "leaf1"


def test_a_getter_nobody_knows_is_refused_at_once(run: Run) -> None:
    with pytest.raises(InvalidParameters, match="did you mean 'facts'"):
        run("napalm_get", "leaf1", getters=["fact"])


def test_a_session_that_read_is_kept(run: Run, ios: Device) -> None:
    run("napalm_get", "leaf1", getters=["facts"])
    assert run("napalm_get", "leaf1", getters=["facts"]).job.session_reused is True


def test_a_validation_that_differs_or_could_not_ask_fails(run: Run) -> None:
    assert run("napalm_validate", "leaf1", source=[{"get_facts": {"hostname": "leaf1"}}]).outcome is Outcome.OK
    source = [{"get_facts": {"hostname": "other"}}, {"get_firewall_policies": {}}]
    done = run("napalm_validate", "leaf1", source=source)
    assert done.outcome is Outcome.FAILED
    assert "differs: get_facts; not asked: get_firewall_policies" in done.message
    assert done.steps[0].body["get_facts"]["complies"] is False


@pytest.mark.thorough
def test_a_configuration_is_applied_once(run: Run, ios: Device) -> None:
    done = run("apply_config", "leaf1", config=WANTED)
    assert done.outcome is Outcome.CHANGED
    assert "+ description from napalm" in done.steps[0].diff
    assert "from napalm" in ios.startup_config
    again = run("apply_config", "leaf1", config=WANTED)
    assert again.outcome is Outcome.OK
    assert again.steps[0].body == "nothing to change"
    assert "file prompt quiet" not in ios.running_config


@pytest.mark.thorough
def test_a_dry_run_shows_the_difference_and_commits_nothing(run: Run, ios: Device) -> None:
    done = run("apply_config", "leaf1", config=WANTED, dry_run=True)
    assert done.outcome is Outcome.OK
    assert "+ description from napalm" in done.steps[0].diff
    assert "from napalm" not in ios.running_config
    assert ios.machine.flash.files["merge_config.txt"] == ""


@pytest.mark.thorough
def test_a_refused_line_rolls_back(run: Run, ios: Device) -> None:
    assert run("apply_config", "leaf1", config=SPOILT).outcome is Outcome.ROLLED_BACK
    assert "from napalm" not in ios.running_config


@pytest.mark.thorough
def test_a_refused_line_that_cannot_be_taken_back_is_partial(run: Run, ios: Device) -> None:
    ios.faults.refuse["configure replace"] = "% Error: no memory"
    assert run("apply_config", "leaf1", config=SPOILT).outcome is Outcome.PARTIAL
    assert "from napalm" in ios.running_config


@pytest.mark.thorough
def test_a_commit_whose_answer_nobody_heard_is_in_doubt(run: Run, lab: Any) -> None:
    held = lab.devices["spine1"]
    held.faults.drop_on, held.faults.drop_applies = "copy flash:/merge", True
    assert run("apply_config", "spine1", config=WANTED).outcome is Outcome.IN_DOUBT
    assert "from napalm" in held.running_config


@pytest.mark.thorough
def test_a_change_that_can_revert_is_confirmed_while_the_device_answers(run: Run, ios: Device) -> None:
    done = run("apply_config", "leaf1", config=WANTED, revert_in=60)
    assert done.outcome is Outcome.CHANGED
    assert ios.machine.waiting is None
    assert "from napalm" in ios.running_config


@pytest.mark.thorough
def test_a_change_is_not_confirmed_where_the_device_no_longer_answers(run: Run, lab: Any) -> None:
    held = lab.devices["leaf2"]
    held.faults.drop_on = "show version"  # which NAPALM sends to see that it is there
    assert run("apply_config", "leaf2", config=WANTED, revert_in=60).outcome is Outcome.IN_DOUBT
    assert held.machine.waiting is not None


def test_reverting_is_refused_before_anything_is_sent_where_the_platform_cannot(run: Run) -> None:
    done = run("apply_config", "nexus", config=WANTED, revert_in=60)
    assert done.outcome is Outcome.REJECTED  # nobody listens there: it was not even asked
    assert "no revert_in for nxos_ssh" in done.message


def test_tasks_of_nornir_napalm_read(run: Run) -> None:
    done = run("reads", "leaf1")
    assert done.outcome is Outcome.OK
    found = done.steps[-1].body
    assert found["get"] == "leaf1"
    assert "UTC" in found["cli"]
    assert found["ping"]["success"]["packet_loss"] == 0
    assert found["validate"]["complies"] is True


@pytest.mark.parametrize(
    ("runbook", "parameters"),
    [("configures_while_it_only_reads", {"configuration": WANTED}), ("reloads_while_it_only_reads", {})],
)
def test_tasks_of_nornir_napalm_change_nothing_in_a_run_that_reads(
    run: Run, ios: Device, runbook: str, parameters: dict[str, Any]
) -> None:
    done = run(runbook, "leaf1", **parameters)
    assert done.outcome is Outcome.REJECTED
    assert "not sent: " in done.message
    assert ios.machine.flash.files == {}


@pytest.mark.thorough
def test_tasks_of_nornir_napalm_configure_confirm_and_roll_back(run: Run, ios: Device) -> None:
    assert run("configures", "leaf1", configuration=WANTED, revert_in=60).outcome is Outcome.CHANGED
    assert ios.machine.waiting is None
    assert "from napalm" in ios.running_config
    undone = run("configures", "leaf1", configuration=WANTED.replace("napalm", "elsewhere"), undo=True)
    assert undone.outcome is Outcome.CHANGED
    assert "from napalm" in ios.running_config
