"""Each fault, seen from a client."""

import asyncio
import time

import asyncssh
import paramiko
import pytest
from netmiko import NetmikoAuthenticationException
from netmiko.exceptions import NetmikoBaseException

from netpulse_core.lab import Device, Faults
from tests.lab.clients import connect, login, read_until

pytestmark = pytest.mark.anyio


async def shown(device: Device, *lines: str) -> str:
    """What a plain client sees from login to the prompt after the last line."""
    async with login(device) as connection:
        writer, reader, _ = await connection.open_session(term_type="vt100")
        seen = await read_until(reader, "leaf1#")
        for line in lines:
            writer.write(f"{line}\n")
            seen += await read_until(reader, f"{line}\r\n") + await read_until(reader, "leaf1#")
        return seen


async def test_delay_is_a_round_trip_on_every_exchange(device: Device) -> None:
    device.faults.delay = 0.05
    async with login(device) as connection:
        writer, reader, _ = await connection.open_session(term_type="vt100")
        await read_until(reader, "leaf1#")
        began = time.monotonic()
        writer.write("show clock\n")
        await read_until(reader, "UTC")
        assert time.monotonic() - began > 0.04
        device.faults.delay = 0.0
        writer.write("show clock\nshow version\n")
        assert (await read_until(reader, "register")).index("show clock") >= 0


async def test_refused_logins_and_their_end(device: Device) -> None:
    device.faults.refuse_login = True
    with pytest.raises(asyncssh.PermissionDenied):
        await shown(device)
    device.faults.refuse_login = False
    assert "leaf1#" in await shown(device)


async def test_down(device: Device) -> None:
    device.faults.down = True
    with pytest.raises((ConnectionError, asyncssh.Error)):
        await shown(device)
    assert (device.journal.connections, device.journal.logins) == (1, 0)


@pytest.mark.parametrize("where", ["connect", "login", "command"])
async def test_hang(device: Device, where: str) -> None:
    device.faults = Faults.of({"hang": where})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await shown(device, "show clock")


async def test_drop_on_the_nth_line_and_only_so_often(device: Device) -> None:
    device.faults.drop_after, device.faults.drop_times = 2, 1
    with pytest.raises((ConnectionError, asyncssh.Error, asyncio.IncompleteReadError)):
        await shown(device, "show clock", "", "show clock")
    assert await asyncio.to_thread(device.journal.wait_until_idle)
    assert device.journal.sessions[0].ending == "dropped"
    assert "UTC" in await shown(device, "show clock", "show clock")


@pytest.mark.thorough
@pytest.mark.parametrize("applies", [False, True])
def test_drop_in_the_middle_of_a_configuration(device: Device, applies: bool) -> None:
    device.faults.drop_on, device.faults.drop_applies = r"ntp server 2\.", applies
    with pytest.raises((OSError, NetmikoBaseException, paramiko.SSHException)), connect(device) as session:
        session.send_config_set(["ntp server 1.1.1.1", "ntp server 2.2.2.2"], read_timeout=2)
    assert device.journal.wait_until_idle()
    assert "1.1.1.1" in device.running_config
    assert ("2.2.2.2" in device.running_config) is applies
    assert ("ntp server 2.2.2.2" in device.journal.applied) is applies


async def test_a_slow_command_holds_up_what_was_typed_ahead(device: Device) -> None:
    device.faults.slow = {"^show version": 0.2}
    async with login(device) as connection:
        writer, reader, _ = await connection.open_session(term_type="vt100")
        began = time.monotonic()
        writer.write("show version\nshow clock\n")
        seen = await read_until(reader, "UTC")
        assert time.monotonic() - began > 0.15
        assert seen.index("uptime") < seen.index("show clock")


async def test_a_client_gone_in_the_middle_of_a_command(device: Device) -> None:
    device.faults.slow = {"show version": 0.2}
    async with login(device) as connection:
        writer, _, _ = await connection.open_session(term_type="vt100")
        writer.write("show version\n")
        await asyncio.sleep(0.05)
        connection.abort()
    assert await asyncio.to_thread(device.journal.wait_until_idle)
    await asyncio.sleep(0.3)
    device.faults.heal()
    assert "UTC" in await shown(device, "show clock")


def test_noise_does_not_confuse_netmiko(device: Device) -> None:
    device.faults.syslog, device.faults.garbage, device.faults.chunk = True, b"\xff\x00\xfe", 8
    device.faults.banner = "### keep out > or # else ###\nrouter>"
    with connect(device) as session:
        output = session.send_command("show version")
        assert "%LINK-3-UPDOWN" in output
        assert "register" in output
        session.send_config_set(["ntp server 4.4.4.4"])
    assert "4.4.4.4" in device.running_config


def test_a_message_of_the_day_with_prompts_in_it(device: Device) -> None:
    with connect(device) as session:
        session.write_channel("conf t\nbanner motd #Cisco> is\nnot leaf1> here#\nend\n")
        session.read_until_pattern(r"here#[\s\S]*leaf1#")
    with connect(device) as session:
        assert session.find_prompt() == "leaf1#"
        assert session.send_command("show run | include ^hostname") == "hostname leaf1"


def test_a_refused_line(device: Device) -> None:
    device.faults.refuse = {"^ntp": "% Cannot allocate memory"}
    with connect(device) as session:
        assert "% Cannot allocate" in session.send_config_set(["ntp server 4.4.4.4"])
    assert "4.4.4.4" not in device.running_config


@pytest.mark.thorough
def test_slow_login(device: Device) -> None:
    device.faults.login_delay = 1.5
    with pytest.raises(NetmikoAuthenticationException), connect(device, auth_timeout=1):
        pass


async def test_a_host_key_can_change(device: Device) -> None:
    async with login(device) as connection:
        before = connection.get_server_host_key()
    device.renew_host_key()
    async with login(device) as connection:
        assert connection.get_server_host_key() != before
    device.host_key = None


def test_unknown_faults_are_refused() -> None:
    with pytest.raises(ValueError, match="no such fault: dealy"):
        Faults.of({"dealy": 1})
