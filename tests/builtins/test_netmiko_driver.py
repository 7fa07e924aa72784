"""The netmiko driver against devices that answer, are slow, lie, hang and die."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from netmiko import ReadTimeout
from netmiko import log as netmiko_log

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins.netmiko.driver import Netmiko
from netpulse_core.builtins.netmiko.opening import connect_arguments
from netpulse_core.builtins.netmiko.prompts import ask
from netpulse_core.lab import Device, Lab
from netpulse_core.testing.trust import FirstSeen

driver = Netmiko()
Connect = Callable[[], Any]


def refused(parameters: ConnectionParameters, timeout: float = 5.0) -> errors.DeviceError:
    """What opening a session comes to, said as ours."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - any error of any library below
        driver.open(parameters, timeout=timeout)
    said = driver.translate(caught.value, "leaf1")
    assert said is not None
    assert "netpulse-secret" not in f"{said} {said.hint}"
    return said


def until(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.005)


def test_netmiko_is_not_loaded_by_knowing_the_driver() -> None:
    code = (
        "import sys; from netpulse_core.hooks.manager import Plugins; assert Plugins.load().drivers;"
        "print([name for name in ('netmiko', 'paramiko') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_session_opens_rests_and_closes(connect: Connect, device: Device) -> None:
    session = connect()
    asked = len(device.journal.sessions[0].lines)
    assert driver.alive(session)
    assert driver.at_rest(session)
    assert len(device.journal.sessions[0].lines) == asked  # without a round trip
    source = device.journal.sessions[0].source
    assert driver.device_session(session) == f"tcp {source[0]}:{source[1]} as netpulse"
    driver.close(session)
    assert not driver.alive(session)
    assert not driver.at_rest(session)
    assert driver.device_session(session) is None
    assert device.journal.wait_until_idle()
    assert device.journal.sessions[0].ending == "exit"
    driver.close(session)


def test_a_session_left_in_configuration_mode_is_not_at_rest(connect: Connect, device: Device) -> None:
    session = connect()
    session.config_mode()
    assert not driver.at_rest(session)
    session.exit_config_mode()
    assert driver.at_rest(session)
    session.write_channel("show version\n")
    until(lambda: bool(session.remote_conn.recv_ready()))
    assert not driver.at_rest(session)


def test_a_half_typed_line_is_never_finished(connect: Connect, device: Device) -> None:
    session = connect()
    session.write_channel("write erase")
    time.sleep(0.05)
    session.read_channel()
    seen = len(device.journal.sessions[0].lines)
    assert not driver.at_rest(session)
    assert len(device.journal.sessions[0].lines) == seen
    driver.abort(session)


@pytest.mark.parametrize("line", ["write erase", "write erase\n"])
@pytest.mark.parametrize("log", ["", "\r\n*Nov 23 12:00:00: %SYS-5-RESTART: System restarted\r\n"])
def test_neither_a_question_is_answered_nor_a_line_finished_by_leaving(
    connect: Connect, device: Device, line: str, log: str
) -> None:
    session, startup = connect(), device.machine.startup
    session.write_channel(line)
    if line.endswith("\n"):
        session.read_until_pattern(r"\[confirm\]")
    else:
        session.read_until_pattern("write erase")
    session.channel.tail += log
    seen = list(device.journal.sessions[0].lines)
    assert not driver.at_rest(session)
    driver.close(session)
    assert device.journal.wait_until_idle()
    assert device.journal.sessions[0].lines == seen
    assert device.machine.startup == startup


def test_a_session_left_in_configuration_mode_is_left_politely(connect: Connect, device: Device) -> None:
    session = connect()
    session.config_mode()
    driver.close(session)
    assert device.journal.wait_until_idle()
    assert device.journal.sessions[0].ending == "exit"


def test_a_session_that_printed_a_log_line_is_asked_once(connect: Connect, device: Device) -> None:
    session = connect()
    session.channel.tail += "\r\n*Nov 23 12:00:00: %SYS-5-RESTART: System restarted\r\n"
    seen = len(device.journal.sessions[0].lines)
    assert driver.at_rest(session)
    assert len(device.journal.sessions[0].lines) == seen + 1


def test_another_privilege_is_not_at_rest(connect: Connect) -> None:
    session = connect()
    session.exit_enable_mode()
    assert not driver.at_rest(session)


def test_abort_wakes_a_thread_that_waits(connect: Connect, device: Device) -> None:
    session = connect()
    device.faults.slow = {"show version": 20.0}
    caught: list[BaseException] = []

    def wait() -> None:
        try:
            ask(session, "show version", 20)
        except (EOFError, OSError) as error:
            caught.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    until(lambda: "show version" in device.journal.commands)
    began = time.monotonic()
    driver.abort(session)
    thread.join(15)
    assert time.monotonic() - began < 15
    assert isinstance(driver.translate(caught[0], "leaf1"), errors.SessionLost)
    assert not driver.alive(session)


def test_a_session_the_device_drops_is_an_error_at_once(connect: Connect, device: Device) -> None:
    session = connect()
    device.faults.drop_on = "show clock"
    began = time.monotonic()
    with pytest.raises(EOFError) as caught:
        session.send_command("show clock", read_timeout=20)
    assert time.monotonic() - began < 10
    assert isinstance(driver.translate(caught.value, "leaf1"), errors.SessionLost)


@pytest.mark.thorough
def test_a_silent_device_is_left_quickly(connect: Connect, device: Device) -> None:
    session = connect()
    device.faults.hang = "command"
    began = time.monotonic()
    driver.close(session)
    assert time.monotonic() - began < 15
    assert not driver.alive(session)


def test_a_wrong_password_is_refused(parameters: ConnectionParameters, device: Device) -> None:
    said = refused(replace(parameters, password="netpulse-secret"))
    assert isinstance(said, errors.AuthenticationFailed)
    assert "user 'netpulse'" in str(said)
    assert not said.retryable
    assert len(device.journal.refused) == 1


def test_no_transport_says_why(parameters: ConnectionParameters) -> None:
    closed = refused(replace(parameters, port=1))
    unknown = refused(replace(parameters, address="no.such.host.invalid"))
    assert isinstance(closed, errors.Unreachable)
    assert isinstance(unknown, errors.Unreachable)
    assert "connection refused" in str(closed)
    assert "the name is not known" in str(unknown)


@pytest.mark.parametrize("fault", [{"login_delay": 5.0}, {"hang": "connect"}, {"hang": "login"}, {"hang": "command"}])
def test_a_slow_login_is_not_a_wrong_password(
    parameters: ConnectionParameters, device: Device, fault: dict[str, Any]
) -> None:
    for name, value in fault.items():
        setattr(device.faults, name, value)
    began = time.monotonic()
    assert isinstance(refused(parameters, timeout=0.8), errors.TimedOut)
    assert time.monotonic() - began < 10


def test_a_changed_host_key_is_an_alarm(parameters: ConnectionParameters, device: Device, tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    known.touch()
    extras = {"alt_host_keys": True, "alt_key_file": str(known)}
    driver.close(driver.open(replace(parameters, extras=extras), timeout=5))
    assert known.read_text()  # accepted once, and kept
    strict = replace(parameters, extras={**extras, "ssh_strict": True})
    driver.close(driver.open(strict, timeout=5))
    device.renew_host_key()
    changed = refused(strict)
    assert isinstance(changed, errors.HostKeyChanged)
    assert not changed.retryable
    known.write_text("")
    assert isinstance(refused(strict), errors.HostKeyChanged)


def test_no_free_line_says_so(parameters: ConnectionParameters, connect: Connect, device: Device) -> None:
    device.vty_lines = 1
    try:
        connect()
        said = refused(parameters)
    finally:
        device.vty_lines = 16
    assert isinstance(said, errors.SessionLost)
    assert "VTY" in said.hint


def test_a_wrong_enable_secret_is_a_refused_login() -> None:
    with Lab.running(count=1, privileged=False, secret="right") as lab:
        device = lab.devices["leaf1"]
        login: dict[str, Any] = {"username": "netpulse", "password": "netpulse", "platform": "cisco_ios"}
        login["host_keys"] = FirstSeen()
        parameters = ConnectionParameters(device="leaf1", address=device.address, port=device.port, **login)
        session = driver.open(replace(parameters, extras={"secret": "netpulse-secret"}), timeout=5)
        assert driver.at_rest(session)
        session.read_timeout_override = 0.3
        with pytest.raises(ReadTimeout) as caught:
            session.enable()
        said = driver.translate(caught.value, "leaf1")
        assert isinstance(said, errors.AuthenticationFailed)
        assert not driver.at_rest(session)
        driver.close(session)
        session = driver.open(replace(parameters, extras={"secret": "right"}), timeout=5)
        session.enable()
        assert ask(session, "show privilege", 5) == "Current privilege level is 15"
        driver.close(session)


def test_nothing_is_left_of_a_failed_open(parameters: ConnectionParameters) -> None:
    before = len(netmiko_log.filters), threading.active_count()
    refused(replace(parameters, password="netpulse-secret"))
    refused(replace(parameters, port=1))
    until(lambda: (len(netmiko_log.filters), threading.active_count()) == before)


def test_arguments_are_this_hosts_own(parameters: ConnectionParameters) -> None:
    shared = {"disabled_algorithms": {"pubkeys": ["ssh-rsa"]}, "conn_timeout": 60, "fast_cli": False}
    arguments = connect_arguments(replace(parameters, platform="ios", extras=shared), 7)
    arguments["disabled_algorithms"]["pubkeys"].append("x")
    assert shared["disabled_algorithms"] == {"pubkeys": ["ssh-rsa"]}
    assert arguments["device_type"] == "cisco_ios"
    assert arguments["conn_timeout"] == arguments["auth_timeout"] == 7
    assert arguments["fast_cli"] is False
    assert "netpulse" not in repr(replace(parameters, username=None))
    with pytest.raises(errors.NotFound, match="did you mean 'cisco_ios'"):
        connect_arguments(replace(parameters, platform="cisco_oss"), 7)


def test_a_device_type_of_another_kind_than_the_platform_is_refused(parameters: ConnectionParameters) -> None:
    # `reboot` is a piece of the pattern to a router, and a command to a shell
    assert driver.is_read("cisco_ios", "show clock | include a|reboot")
    for platform, kind in (("cisco_ios", "linux"), (None, "linux"), ("linux", "cisco_ios")):
        with pytest.raises(errors.Refused, match="device_type"):
            connect_arguments(replace(parameters, platform=platform, extras={"device_type": kind}), 7)
    same = connect_arguments(replace(parameters, platform="ios", extras={"device_type": "cisco_xe"}), 7)
    assert same["device_type"] == "cisco_xe"


def test_what_is_not_the_librarys_is_not_translated() -> None:
    assert driver.translate(KeyError("x"), "leaf1") is None
    assert driver.translate(ValueError("a runbook's own"), "leaf1") is None
    ours = errors.TimedOut("x", device="leaf1")
    assert driver.translate(ours, "leaf1") is ours
