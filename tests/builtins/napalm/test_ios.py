"""NAPALM on IOS: what is read, what a commit leaves, and what is told of it."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from netpulse_core import ConnectionParameters, DeviceSession, errors
from netpulse_core.builtins.napalm.driver import Napalm
from netpulse_core.configs.normalising import normalised
from netpulse_core.configs.platforms import fitting
from netpulse_core.lab import Device
from netpulse_core.testing import opened, refusal
from tests.builtins.connecting import parameters as to_reach
from tests.servers import sshd

driver = Napalm()
WANTED = "interface GigabitEthernet0/1\n description from napalm\n"
SPOILT = f"hostname\n{WANTED}"  # IOS says `% Incomplete command`, for which NAPALM does not look


@pytest.fixture
def napalm(on_ios: ConnectionParameters) -> Iterator[Any]:
    connection = driver.open(on_ios, timeout=20)
    yield connection
    driver.close(connection)


def sent(device: Device) -> list[str]:
    return [line for line in device.journal.sessions[0].lines if line]


def test_getters_are_data(napalm: Any) -> None:
    facts = napalm.get_facts()
    assert (facts["hostname"], facts["model"]) == ("leaf1", "IOSv")
    assert "GigabitEthernet0/3" in facts["interface_list"]
    assert napalm.get_interfaces()["Loopback0"]["description"] == "router id"
    assert driver.at_rest(napalm)


class Written:
    """An argument that reads as another text than it writes."""

    def __str__(self) -> str:
        return "8.8.8.8\nclear counters"


@pytest.mark.parametrize(
    "destination",
    ["192.0.2.1\nreload", "192.0.2.1 | redirect flash:x", "192.0.2.1; reload", Written(), ["8.8.8.8"]],
)
def test_an_argument_that_could_be_more_than_one_line_is_never_sent(napalm: Any, ios: Device, destination: Any) -> None:
    before = sent(ios)
    with pytest.raises(errors.CommandRejected, match="nothing was sent"):
        napalm.get_route_to(destination=destination)
    assert sent(ios) == before


def test_a_getter_whose_commands_are_all_refused_is_no_empty_answer(napalm: Any) -> None:
    with pytest.raises(errors.CommandRejected, match="get_vlans: the device refused each of its commands"):
        napalm.get_vlans()


@pytest.mark.parametrize("command", ["show clokk", "show"])
def test_every_refusal_of_a_command_is_told(napalm: Any, command: str) -> None:
    with pytest.raises(errors.CommandRejected, match=f"'{command}' refused"):
        napalm.cli([command])


def test_a_validation_calls_getters_alone(napalm: Any, ios: Device) -> None:
    assert napalm.compliance_report(validation_source=[{"get_facts": {"hostname": "leaf1"}}])["complies"]
    assert not napalm.compliance_report(validation_source=[{"get_facts": {"hostname": "leaf2"}}])["complies"]
    before = sent(ios)
    with pytest.raises(errors.CommandRejected, match="'commit_config' is no getter"):
        napalm.compliance_report(validation_source=[{"commit_config": {}}])
    assert sent(ios) == before


def test_a_validation_of_nothing_does_not_comply(napalm: Any) -> None:
    checks = iter([{"get_facts": {"hostname": "leaf2"}}])
    assert not napalm.compliance_report(validation_source=checks)["complies"]
    with pytest.raises(errors.CommandRejected, match="names nothing to compare"):
        napalm.compliance_report(validation_source=[])


@pytest.mark.thorough
def test_a_merge_is_compared_committed_saved_and_rolled_back(napalm: Any, ios: Device) -> None:
    napalm.load_merge_candidate(config=WANTED)
    assert "+ description from napalm" in napalm.compare_config()
    assert "from napalm" not in ios.running_config
    assert not driver.at_rest(napalm)
    napalm.commit_config()
    assert "from napalm" in ios.running_config
    assert "from napalm" in ios.startup_config
    napalm.rollback()
    assert "from napalm" not in ios.running_config


@pytest.mark.thorough
def test_a_replacement_takes_away_what_it_does_not_hold(napalm: Any, ios: Device) -> None:
    whole = napalm.get_config(retrieve="running")["running"]
    napalm.load_replace_candidate(config=whole.replace("ntp server 10.99.0.1\n", ""))
    assert napalm.compare_config() == "-ntp server 10.99.0.1"
    napalm.commit_config()
    assert "ntp server" not in ios.running_config


@pytest.mark.thorough
def test_a_line_refused_in_a_merge_is_noticed_and_all_of_it_taken_back(napalm: Any, ios: Device) -> None:
    napalm.load_merge_candidate(config=SPOILT)
    with pytest.raises(errors.RolledBack, match="taken back"):
        napalm.commit_config()
    assert "from napalm" not in ios.running_config
    assert "from napalm" not in ios.startup_config


@pytest.mark.thorough
def test_what_could_not_be_taken_back_is_partly_applied(napalm: Any, ios: Device) -> None:
    ios.faults.refuse["configure replace"] = "% Error: no memory"
    napalm.load_merge_candidate(config=SPOILT)
    with pytest.raises(errors.PartlyApplied, match="part of it stands"):
        napalm.commit_config()
    assert "from napalm" in ios.running_config


@pytest.mark.thorough
def test_a_rollback_the_device_refuses_is_no_success(napalm: Any, ios: Device) -> None:
    napalm.load_merge_candidate(config=WANTED)
    napalm.commit_config()
    ios.faults.refuse["configure replace"] = "% Error: no memory"
    with pytest.raises(Exception, match="no memory") as caught:
        napalm.rollback()
    assert isinstance(driver.translate(caught.value, "leaf1"), errors.CommandRejected)
    assert "from napalm" in ios.running_config


@pytest.mark.thorough
def test_a_commit_nobody_confirms_takes_itself_back(napalm: Any, ios: Device) -> None:
    napalm.load_merge_candidate(config=WANTED)
    napalm.commit_config(revert_in=60)
    assert napalm.has_pending_commit()
    assert not driver.at_rest(napalm)
    assert "from napalm" in ios.running_config
    assert ios.machine.waiting is not None
    ios.machine.waiting = replace(ios.machine.waiting, until=time.monotonic())
    assert "from napalm" not in ios.running_config
    with pytest.raises(errors.CommandRejected, match="nothing of it stands"):
        napalm.confirm_commit()


@pytest.mark.thorough
def test_a_session_that_ends_leaves_no_candidate_behind(on_ios: ConnectionParameters, ios: Device) -> None:
    connection: Any = driver.open(on_ios, timeout=20)
    connection.load_merge_candidate(config=WANTED)
    driver.close(connection)
    assert ios.machine.flash.files["merge_config.txt"] == ""
    assert "file prompt quiet" not in ios.running_config


def test_a_session_that_breaks_in_a_commit_is_not_called_refused(napalm: Any, ios: Device) -> None:
    napalm.load_merge_candidate(config=WANTED)
    ios.faults.drop_on, ios.faults.drop_applies = "copy flash:/merge", True
    with pytest.raises(Exception) as caught:  # noqa: PT011  any error of any library below
        napalm.commit_config()
    said = driver.translate(caught.value, "leaf1")
    assert isinstance(said, errors.SessionLost)
    assert "from napalm" in ios.running_config


@pytest.mark.thorough
def test_a_file_goes_through_the_jump_host_too(on_ios: ConnectionParameters, ios: Device) -> None:
    with sshd.running() as jump:
        connection: Any = driver.open(replace(on_ios, jumps=(to_reach(jump, device="bastion1"),)), timeout=20)
        connection.load_merge_candidate(config=WANTED)
        there = (ios.address, ios.port)
        assert jump.forwarded == [there, there]
        assert "+ description from napalm" in connection.compare_config()
        driver.close(connection)


def test_no_password_goes_to_a_device_whose_key_changed_since(on_ios: ConnectionParameters, ios: Device) -> None:
    connection: Any = driver.open(on_ios, timeout=20)
    ios.renew_host_key()
    before = ios.journal.logins + len(ios.journal.refused)
    with pytest.raises(errors.HostKeyChanged):
        connection.load_merge_candidate(config=WANTED)  # scp logs in once more
    assert isinstance(refusal(driver, on_ios), errors.HostKeyChanged)
    assert ios.journal.logins + len(ios.journal.refused) == before
    driver.close(connection)


def test_another_session_is_ended_and_no_other(napalm: Any, on_ios: ConnectionParameters) -> None:
    with opened(driver, on_ios) as pushing, opened(driver, on_ios) as beside:
        recorded = DeviceSession(driver="napalm", name=driver.device_session(pushing), age=1.0)
        assert driver.end_session(napalm, recorded, timeout=30)
        with pytest.raises(Exception):  # noqa: B017, PT011  whatever the library says of a connection that is gone
            pushing.get_facts()
        assert beside.get_facts()["hostname"] == "leaf1"
    assert driver.at_rest(napalm)


@pytest.mark.thorough
def test_what_napalm_sets_for_a_session_is_no_difference(napalm: Any, ios: Device) -> None:
    def read() -> str:
        return normalised(driver.configuration(napalm, timeout=30) or "", fitting("cisco_ios"))

    before = read()
    assert before
    ios.machine.boot(f"{ios.running_config}file prompt quiet\n")
    assert "file prompt quiet" in ios.running_config
    assert read() == before
    napalm.load_merge_candidate(config=WANTED)
    napalm.commit_config()
    assert "description from napalm" in read()
