"""netmiko's cisco_ios driver, unmodified, against a device of the lab."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import paramiko
import pytest
from netmiko import BaseConnection, NetmikoAuthenticationException
from netmiko.exceptions import ConfigInvalidException, NetmikoBaseException

from netpulse_core.lab import Device, Lab
from tests.lab.clients import connect


@pytest.fixture
def session(device: Device) -> Iterator[BaseConnection]:
    with connect(device) as connection:
        yield connection


def show(session: BaseConnection, command: str, **options: Any) -> str:
    return str(session.send_command(command, **options))


def test_prompt_and_commands(session: BaseConnection, device: Device) -> None:
    assert session.find_prompt() == "leaf1#"
    assert "uptime is" in session.send_command("show version")
    assert session.send_command("show run | include hostname") == "hostname leaf1"
    assert len(show(session, "show ip interface brief").splitlines()) == 6
    assert "show version" in device.journal.commands


def test_configuration_is_applied_and_saved(session: BaseConnection, device: Device) -> None:
    assert not session.check_config_mode()
    output = session.send_config_set(["interface Loopback7", "description seven", "no ntp server 10.99.0.1"])
    assert "% " not in output
    assert not session.check_config_mode()
    assert "interface Loopback7\n description seven\n" in device.running_config
    assert "ntp server" not in device.running_config
    assert "Loopback7" not in device.startup_config
    session.save_config()
    assert "Loopback7" in device.startup_config
    assert device.journal.applied == ["interface Loopback7", "description seven", "no ntp server 10.99.0.1"]
    assert (device.journal.logins, device.journal.configured, device.journal.saved) == (1, 1, 1)


def test_error_pattern_stops_a_bad_change(session: BaseConnection, device: Device) -> None:
    with pytest.raises(ConfigInvalidException):
        session.send_config_set(["ntp server 1.1.1.1", "ntp srever 2.2.2.2", "ntp server 3.3.3.3"], error_pattern="%")
    assert "1.1.1.1" in device.running_config
    assert "3.3.3.3" not in device.running_config
    session.exit_config_mode()
    assert session.find_prompt() == "leaf1#"


def test_a_new_hostname_changes_the_prompt(session: BaseConnection) -> None:
    session.send_config_set(["hostname renamed"])
    assert session.set_base_prompt() == "renamed"
    assert "renamed uptime" in session.send_command("show version")


def test_saving_with_a_question(session: BaseConnection, device: Device) -> None:
    session.send_config_set(["ntp server 9.9.9.9"])
    session.send_command("copy running-config startup-config", expect_string=r"startup-config\]\?")
    session.send_command("", expect_string=r"leaf1#")
    assert "9.9.9.9" in device.startup_config


def test_a_pasted_block_of_many_lines(session: BaseConnection, device: Device) -> None:
    routes = [f"ip route 10.200.{n}.0 255.255.255.0 10.16.0.9" for n in range(200)]
    session.config_mode()
    session.write_channel("\n".join(routes) + "\nend\n")
    session.read_until_pattern(r"leaf1#\s*$", read_timeout=10)
    assert device.running_config.count("ip route") == 200


def test_pages_are_offered_until_paging_is_off(session: BaseConnection) -> None:
    session.send_command("terminal length 10")
    page = show(session, "show version", expect_string="--More--")
    assert "Processor board" not in page
    session.write_channel("    ")
    assert "Processor board" in session.read_until_prompt()


def test_users_and_clear_line(session: BaseConnection, device: Device) -> None:
    with connect(device) as other:
        rows = show(other, "show users")
        assert re.search(r"^\*\s*3 vty 1 .*netpulse", rows, re.MULTILINE)
        assert re.search(r"^ \s*2 vty 0 .*netpulse", rows, re.MULTILINE)
        answer = show(other, "clear line vty 0", expect_string=r"confirm")
        answer += show(other, "", expect_string=r"leaf1#")
        assert "[OK]" in answer
        assert "vty 0" not in other.send_command("show users")
    assert device.journal.wait_until_idle()
    assert [one.ending for one in device.journal.sessions] == ["cleared", "exit"]


def test_enable_with_a_secret() -> None:
    with Lab.running(count=1, secret="s3cret", privileged=False) as lab:
        device = lab.devices["leaf1"]
        with connect(device, secret="s3cret") as session:
            assert not session.check_enable_mode()
            session.enable()
            assert session.check_enable_mode()
            session.send_config_set(["hostname higher"])
        assert "hostname higher" in device.running_config
        assert "<secret>" in device.journal.commands
        assert "s3cret" not in device.journal.commands


def test_every_vty_line_taken(lab: Lab) -> None:
    device = lab.devices["leaf2"]
    device.vty_lines = 1
    refusals = (OSError, NetmikoBaseException, paramiko.SSHException)  # netmiko names it variously
    with connect(device), pytest.raises(refusals), connect(device):
        pass
    assert device.journal.logins == 1


def test_a_wrong_password(device: Device) -> None:
    with pytest.raises(NetmikoAuthenticationException), connect(device, password="wrong"):
        pass
    assert device.journal.refused == ["netpulse"]
    assert device.journal.logins == 0


@pytest.mark.thorough
def test_two_hundred_at_once() -> None:
    def visit(device: Device) -> str:
        with connect(device, conn_timeout=60, auth_timeout=60, banner_timeout=60) as session:
            return str(session.send_command("show version | include uptime", read_timeout=60))

    with Lab.running(count=20, mode="address") as lab:
        devices = [device for device in lab.devices.values() for _ in range(10)]
        with ThreadPoolExecutor(200) as pool:
            answers = list(pool.map(visit, devices))
        assert [answer.split()[0] for answer in answers] == [device.name for device in devices]
        assert all(device.journal.wait_until_idle() for device in lab.devices.values())
        assert all(device.journal.logins == 10 for device in lab.devices.values())
