"""Scrapli against devices that refuse, are slow, say too much and die."""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from netpulse_core import ConnectionParameters, DeviceSession, Turn, errors
from netpulse_core.builtins.scrapli.commandline import ScrapliLine
from netpulse_core.builtins.scrapli.driver import Scrapli
from netpulse_core.lab import Device, Lab
from netpulse_core.testing import opened

driver = Scrapli()


@pytest.fixture
def session(on_lab: ConnectionParameters) -> Iterator[Any]:
    connection = driver.open(on_lab, timeout=20)
    yield connection
    driver.close(connection)


@pytest.fixture
def line(session: Any) -> ScrapliLine:
    return ScrapliLine(session, "leaf1")


def test_scrapli_is_not_loaded_by_knowing_the_driver() -> None:
    code = (
        "import sys; from netpulse_core.hooks.manager import Plugins; assert Plugins.load().drivers;"
        "print([name for name in ('scrapli', 'asyncssh', 'napalm', 'pyeapi') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("command", ["show clokk", "show", "show ip"])
def test_every_refusal_of_a_command_is_told(session: Any, command: str) -> None:
    with pytest.raises(errors.CommandRejected, match=f"'{command}' refused"):
        session.send_command(command)
    assert driver.at_rest(session)


def test_whoever_says_what_to_find_judges_the_answer(session: Any) -> None:
    assert "% Invalid input" in session.send_command("show clokk", failed_when_contains=[]).result
    assert session.send_command("show clock", failed_when_contains="UTC").failed


def test_several_commands_keep_their_answers_apart(session: Any) -> None:
    clock, version = session.send_commands(["show clock", "show version"], eager=True)
    assert "UTC" in clock.result
    assert "Cisco IOS Software" not in clock.result
    assert version.result.startswith("Cisco IOS Software")


def test_a_line_that_looks_like_the_prompt_ends_no_answer(session: Any, device: Device) -> None:
    device.faults.syslog, device.faults.chunk = "leaf1#", 7
    for _ in range(3):
        assert session.send_command("show version").result.rstrip().endswith("Configuration register is 0x2102")
    device.faults.heal()
    assert "UTC" in session.send_command("show clock").result


def test_a_refused_line_stops_the_push_and_says_what_stands(session: Any, device: Device) -> None:
    with pytest.raises(errors.PartlyApplied, match="line 2 of 3 refused: 'no such line'"):
        session.send_configs(["ntp server 192.0.2.7", "no such line", "ntp server 192.0.2.8"])
    assert "ntp server 192.0.2.7" in device.running_config
    assert "ntp server 192.0.2.8" not in device.running_config
    assert driver.at_rest(session)


def test_a_first_line_refused_leaves_nothing(session: Any) -> None:
    with pytest.raises(errors.CommandRejected, match="no line was taken") as caught:
        session.send_config("no such line\nntp server 192.0.2.8")
    assert not isinstance(caught.value, errors.PartlyApplied)


def test_a_push_leaves_configuration_mode(session: Any, device: Device) -> None:
    session.send_config("interface GigabitEthernet0/1\n description by scrapli")
    assert "description by scrapli" in device.running_config
    assert driver.at_rest(session)


def test_a_banner_of_several_lines_is_refused_before_anything_is_sent(session: Any, device: Device) -> None:
    with pytest.raises(errors.CommandRejected, match="nothing was sent"):
        session.send_configs(["ntp server 192.0.2.7", "banner motd ^Cone", "two^C"])
    assert "192.0.2.7" not in device.running_config


def test_a_session_in_another_mode_is_not_at_rest(session: Any) -> None:
    session.acquire_priv("configuration")
    assert not driver.at_rest(session)


def test_the_enable_secret_is_used_and_a_wrong_one_told(on_lab: ConnectionParameters) -> None:
    with Lab.running(count=1, secret="open-sesame", privileged=False) as lab:
        (there,) = lab.devices.values()
        low = replace(on_lab, address=there.address, port=there.port)
        connection = driver.open(replace(low, extras={"secret": "open-sesame"}), timeout=20)
        assert connection.get_prompt().endswith("#")
        driver.close(connection)
        with pytest.raises(Exception) as caught:  # noqa: PT011  any error of any library below
            driver.open(replace(low, extras={"auth_secondary": "wrong-netpulse-secret"}), timeout=20)
        said = driver.translate(caught.value, "leaf1")
        assert isinstance(said, errors.PrivilegeRefused)
        assert "wrong-netpulse-secret" not in f"{said} {said.hint}"


def test_a_slow_command_ends_in_its_own_time(session: Any, device: Device) -> None:
    device.faults.slow["show version"] = 30.0
    began = time.monotonic()
    with pytest.raises(Exception) as caught:  # noqa: PT011  any error of any library below
        session.send_command("show version", timeout_ops=0.5)
    assert time.monotonic() - began < 15
    assert isinstance(driver.translate(caught.value, "leaf1"), errors.TimedOut)
    assert not driver.alive(session)


def test_a_session_the_device_drops_is_lost(session: Any, device: Device) -> None:
    device.faults.drop_on = "show version"
    with pytest.raises(Exception) as caught:  # noqa: PT011  any error of any library below
        session.send_command("show version")
    assert isinstance(driver.translate(caught.value, "leaf1"), errors.SessionLost)
    assert not driver.alive(session)


def test_telnet_is_left_to_others(on_lab: ConnectionParameters) -> None:
    with pytest.raises(errors.Refused, match="SSH alone"):
        driver.open(replace(on_lab, extras={"transport": "telnet"}), timeout=5)
    with pytest.raises(errors.NotFound, match="no scrapli platform 'cisco_iosxx'; did you mean"):
        driver.open(replace(on_lab, platform="cisco_iosxx"), timeout=5)


def test_the_lines_of_a_call_are_known_before_it() -> None:
    assert driver.lines("send_command", (), {"command": "show clock"}) == ("show clock",)
    assert driver.lines("send_commands", (["show clock", "reload"],), {}) == ("show clock", "reload")
    assert driver.is_read("ios", "show clock")
    assert not driver.is_read("ios", "reload")
    with pytest.raises(errors.InvalidParameters):
        driver.lines("send_commands", ("show clock",), {})


def test_a_command_line_pushes_saves_and_stops(line: ScrapliLine, device: Device) -> None:
    done = line.send_config(["ntp server 192.0.2.7"], save=True)
    assert (done.accepted, done.changed, done.error) == (1, True, None)
    assert "ntp server 192.0.2.7" in device.startup_config
    refused = line.send_config(["ntp server 192.0.2.8", "no such line"], save=True)
    assert (refused.accepted, refused.changed) == (1, True)
    assert isinstance(refused.error, errors.CommandRejected)
    assert "Invalid input" in refused.lines[-1].answer
    assert "ntp server 192.0.2.8" not in device.startup_config


def test_a_command_line_gives_the_refusal_as_the_answer(line: ScrapliLine) -> None:
    assert line.refusal(line.send_command("show clokk")) == "% Invalid input detected at '^' marker."
    assert line.refusal(line.send_command("show clock")) is None


def test_a_command_line_holds_dialogues(line: ScrapliLine, session: Any, device: Device) -> None:
    question, _ = line.send_dialog([Turn("write erase", "confirm"), Turn("n", "")])
    assert "Continue? [confirm]" in question
    assert device.startup_config
    assert driver.at_rest(session)
    line.send_dialog([Turn("write erase", "confirm"), Turn("", "")])
    assert device.startup_config == ""


def test_another_session_is_ended_and_no_other(session: Any, on_lab: ConnectionParameters, device: Device) -> None:
    with opened(driver, on_lab) as pushing, opened(driver, on_lab) as beside:
        recorded = DeviceSession(driver="scrapli", name=driver.device_session(pushing), age=1.0)
        assert driver.end_session(session, recorded, timeout=30)
        with pytest.raises(Exception):  # noqa: B017, PT011  whatever the library says of a connection that is gone
            pushing.send_command("show clock")
        assert "UTC" in beside.send_command("show clock").result
    assert driver.at_rest(session)


def test_the_running_configuration_is_read_whole(session: Any, device: Device) -> None:
    read = driver.configuration(session, timeout=30)
    assert read is not None
    assert set(filter(None, device.running_config.splitlines())) <= set(read.splitlines())
    assert driver.at_rest(session)
