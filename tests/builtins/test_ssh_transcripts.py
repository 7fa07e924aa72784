"""The ssh driver says what netmiko says of the same devices, however they talk."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from netpulse_core import CommandLine, ConnectionParameters, errors
from netpulse_core.builtins.netmiko.commandline import NetmikoLine
from netpulse_core.builtins.netmiko.driver import Netmiko
from netpulse_core.builtins.ssh.driver import Ssh
from netpulse_core.lab import Device
from netpulse_core.testing.trust import FirstSeen
from tests.servers.frr import FrrRouters

COMMANDS = (
    "show version",
    "show running-config",
    "show running-config | include ntp",
    "show interfaces",
    "show ip interface brief",
    "show nonsense",
    "show",
    "terminal width 511",
)
BANNER = "#" * 40 + "\n leaf1#show version\nleaf1#\nleaf1>\n> this is not a prompt >\n" + "#" * 40
QUOTES = """
interface Loopback7
 description leaf1#show running-config
banner motd ^C
leaf1#
leaf1#show version
leaf1(config)#
leaf1>
^C
"""


def both(given: ConnectionParameters) -> Iterator[CommandLine]:
    """The same device through netmiko and through ssh."""
    given = replace(given, host_keys=FirstSeen())
    netmiko, ssh = Netmiko(), Ssh()
    slow = netmiko.open(replace(given, platform="cisco_ios"), timeout=20)
    try:
        yield NetmikoLine(slow, "leaf1")
    finally:
        netmiko.close(slow)
    fast = ssh.open(given, timeout=20)
    try:
        yield fast
        assert ssh.at_rest(fast)
    finally:
        ssh.close(fast)


def said(line: CommandLine, commands: tuple[str, ...] = COMMANDS) -> dict[str, str]:
    return {command: line.send_command(command) for command in commands}


@contextmanager
def quoting(device: Device) -> Iterator[None]:
    """The device's configuration quotes its own prompts."""
    device.machine.startup = device.machine.initial + QUOTES
    device.machine.reload()
    yield


@pytest.mark.parametrize(
    "faults",
    [
        {},
        pytest.param({"chunk": 1}, marks=pytest.mark.thorough),
        {"chunk": 7},
        pytest.param({"syslog": True}, marks=pytest.mark.thorough),
        {"banner": BANNER},
        pytest.param({"delay": 0.01}, marks=pytest.mark.thorough),
        {"chunk": 13, "syslog": True, "banner": BANNER},
    ],
    ids=str,
)
def test_both_drivers_say_the_same(device: Device, parameters: ConnectionParameters, faults: dict[str, Any]) -> None:
    faults, answers = dict(faults), list[dict[str, str]]()
    chunk = faults.pop("chunk", 0)
    for name, value in faults.items():
        setattr(device.faults, name, value)
    with quoting(device):
        for line in both(parameters):
            answers.append(said(line))
            device.faults.chunk = chunk  # for the second: on a busy machine netmiko takes a piece for the whole
    slow, fast = answers
    assert timeless(fast) == timeless(slow)
    assert "leaf1#show version\nleaf1(config)#\nleaf1>\n^C" in fast["show running-config"]
    assert fast["terminal width 511"].count("\n") <= 1


def timeless(answers: dict[str, str]) -> dict[str, list[str]]:
    """What was said, but for the seconds that pass."""
    return {command: [line for line in text.split("\n") if "uptime" not in line] for command, text in answers.items()}


def test_bytes_that_are_no_text_stay_visible(device: Device, parameters: ConnectionParameters) -> None:
    commands, answers = ("show running-config", "show inventory"), []
    for line in both(parameters):
        device.faults.garbage = b"\xff\xfe\x00\x07\x80leaf1\xc3"
        answers.append(said(line, commands))
        device.faults.garbage = b""
    slow, fast = answers
    assert "\ufffd" in fast["show inventory"]
    assert {command: text.replace("\ufffd", "") for command, text in fast.items()} == {
        command: text.translate(dict.fromkeys([0, 7])) for command, text in slow.items()
    }


def test_pages_that_cannot_be_turned_off_are_turned(device: Device, parameters: ConnectionParameters) -> None:
    whole = next(said(line, ("show running-config",)) for line in both(parameters))
    device.faults.refuse = {"^terminal length": "% Authorization failed"}
    for chunk in (0, 5):
        device.faults.chunk = chunk
        connection = Ssh().open(replace(parameters, host_keys=FirstSeen()), timeout=20)
        assert connection.send_command("show running-config") == whole["show running-config"]
        assert Ssh().at_rest(connection)
        Ssh().close(connection)


@pytest.mark.thorough
def test_both_drivers_push_the_same(device: Device, parameters: ConnectionParameters) -> None:
    lines = ["interface Loopback3", " description a # and > and % sign", "banner motd ^C", "leaf1#", "^C", "bogus", "x"]

    def pushed(line: CommandLine) -> Any:
        device.machine.reload()
        push = line.send_config(lines, save=True)
        return push.accepted, push.changed, push.committed, str(push.error), push.lines[-1].line, device.running_config

    slow, fast = (pushed(line) for line in both(parameters))
    assert fast[0] == slow[0] == 5
    assert fast[1:3] == slow[1:3]
    assert fast[4:] == slow[4:]
    assert "line 6 of 7 refused: 'bogus'" in fast[3]
    assert "line 6 of 7 refused: 'bogus'" in slow[3]


@pytest.mark.servers("frr")
def test_both_drivers_say_the_same_of_frr(frr_routers: FrrRouters) -> None:
    router = frr_routers["r1"]
    given = ConnectionParameters(
        device="r1",
        address=router.host,
        port=router.port,
        username=router.username,
        password=router.password,
        platform="frr",
    )
    commands = ("show running-config", "show interface brief", "show nonsense", "show ip route json")
    slow, fast = (said(line, commands) for line in both(given))
    volatile = "show ip route json"  # it holds how old a route is
    assert fast.pop(volatile).startswith("{")
    assert slow.pop(volatile).startswith("{")
    assert fast == slow


@pytest.mark.thorough
@pytest.mark.servers("frr")
def test_a_push_to_frr(frr_routers: FrrRouters) -> None:
    router = frr_routers["r1"]
    given = ConnectionParameters(
        device="r1",
        address=router.host,
        port=router.port,
        username=router.username,
        password=router.password,
        platform="frr",
        host_keys=FirstSeen(),
    )
    ssh = Ssh()
    connection = ssh.open(given, timeout=20)
    try:
        push = connection.send_config(["interface lo", " description by ssh", "router bgp 65999", "no such"], save=True)
        assert (push.accepted, push.changed, push.committed) == (2, True, "")
        assert isinstance(push.error, errors.CommandRejected)
        assert "BGP is already running" in str(push.error)
        assert "description by ssh" in router.vtysh("show running-config")
        assert ssh.at_rest(connection)
        push = connection.send_config(["interface lo", " description saved by ssh"], save=True)
        assert push.error is None
        assert "[OK]" in push.committed
    finally:
        ssh.close(connection)
        frr_routers.reset()


def test_a_hostname_may_change_under_a_push(device: Device, parameters: ConnectionParameters) -> None:
    ssh = Ssh()
    connection = ssh.open(replace(parameters, host_keys=FirstSeen()), timeout=20)
    push: Callable[..., Any] = connection.send_config
    assert push(["hostname spine9", "ntp server 10.0.0.9"]).error is None
    assert connection.find_prompt() == "spine9#"
    assert ssh.at_rest(connection)
    assert push(["hostname leaf1"]).error is None
    assert connection.send_command("show running-config | include hostname") == "hostname leaf1"
    ssh.close(connection)
