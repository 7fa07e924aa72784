"""What a device answers to a commit decides whether anything was committed: IOS-XR, VyOS and VRP, as they say it.

The scripts are of the vendors' published examples; no vendor's software is behind them.
"""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from netpulse_core import CommandLine
from netpulse_core.builtins.netmiko.commandline import NetmikoLine
from netpulse_core.builtins.netmiko.driver import Netmiko
from netpulse_core.builtins.scrapli.commandline import ScrapliLine
from netpulse_core.builtins.scrapli.driver import Scrapli
from netpulse_core.testing.device import FakeDevice, running

NOTHING_NEW = "% No configuration changes to commit."
ASKED = "Uncommitted changes found, commit them before exiting(yes/no/cancel)? [cancel]: "
Script = list[dict[str, Any]]


def xr(commit: str = "", asked: bool = False) -> dict[str, Any]:
    """IOS-XR; `asked` is one that leaves configuration mode with its candidate uncommitted, and asks about it."""
    rest, configuring = "RP/0/RP0/CPU0:r1#", "RP/0/RP0/CPU0:r1(config)#"
    lines: Script = [
        {"pattern": "terminal .*", "at": rest},
        {"pattern": "configure(?: terminal)?", "at": rest, "prompt": configuring},
        {"pattern": "ntp server .*", "at": configuring},
        {"command": "commit", "at": configuring, "answer": commit},
        {"command": "abort", "at": configuring, "prompt": rest},
        {"command": "end", "at": configuring, "prompt": ASKED if asked else rest},
        {"command": "no", "at": ASKED, "prompt": rest},
        {"command": "exit", "at": rest, "closes": True},
    ]
    return {"prompt": rest, "lines": lines, "refuses": "% Invalid input detected at '^' marker."}


def vyos(commit: str = "", asked: bool = False) -> dict[str, Any]:
    """VyOS; `asked` is one that finds its candidate uncommitted when it leaves configuration mode."""
    rest, configuring, edit = "vyos@r1:~$ ", "vyos@r1# ", "\n[edit]"
    left = {"answer": f"Cannot exit: configuration modified.{edit}"} if asked else {"answer": "exit", "prompt": rest}
    lines: Script = [
        {"command": "set terminal width 512", "at": rest},
        {"command": "set terminal length 0", "at": rest},
        {"command": "configure", "at": rest, "answer": edit, "prompt": configuring},
        {"pattern": "set system .*", "at": configuring, "answer": edit},
        {"command": "commit", "at": configuring, "answer": f"{commit}{edit}"},
        {"command": "discard", "at": configuring, "answer": edit},
        {"command": "exit", "at": configuring, **left},
        {"command": "exit discard", "at": configuring, "answer": "exit", "prompt": rest},
        {"command": "", "at": configuring, "answer": "[edit]"},
        {"command": "exit", "at": rest, "closes": True},
    ]
    return {"prompt": rest, "lines": lines, "refuses": "  Invalid command"}


def vrp(commit: str = "") -> dict[str, Any]:
    """VRP version 8."""
    rest, configuring = "<ce1>", "[~ce1]"
    lines: Script = [
        {"pattern": "screen-length .*", "at": rest},
        {"command": "system-view", "at": rest, "prompt": configuring},
        {"pattern": "ntp unicast-server .*", "at": configuring},
        {"command": "commit", "at": configuring, "answer": commit},
        {"command": "clear configuration candidate", "at": configuring},
        {"command": "return", "at": configuring, "prompt": rest},
        {"command": "quit", "at": rest, "closes": True},
    ]
    return {"prompt": rest, "lines": lines, "refuses": "Error: Unrecognized command found at '^' position."}


TAKES = {
    "cisco_xr": "ntp server 192.0.2.1",
    "vyos": "set system ntp server 192.0.2.1",
    "huawei_vrpv8": "ntp unicast-server 192.0.2.1",
}
DISCARDS = {"cisco_xr": "abort", "vyos": "discard", "huawei_vrpv8": "clear configuration candidate"}


@contextmanager
def command_line(
    script: dict[str, Any], platform: str, name: str = "netmiko"
) -> Iterator[tuple[CommandLine, FakeDevice]]:
    driver = Netmiko() if name == "netmiko" else Scrapli()
    with running(script, name="r1") as device:
        connection: Any = driver.open(device.parameters(platform), timeout=20)
        if name == "netmiko":  # which waits for two seconds of silence, where this device never pauses
            connection.read_channel_timing = functools.partial(connection.read_channel_timing, last_read=0.3)
        try:
            yield NetmikoLine(connection, "r1") if name == "netmiko" else ScrapliLine(connection, "r1"), device
        finally:
            driver.close(connection)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("platform", "script", "said"),
    [
        ("cisco_xr", xr(commit := "% This command is not authorized"), commit),
        (
            "vyos",
            vyos("Configuration system temporarily locked due to another commit in progress"),
            "Configuration system temporarily locked",
        ),
        ("vyos", vyos("Commit failed\n"), "Commit failed"),
        (
            "huawei_vrpv8",
            vrp("Error: The configuration is locked by another user. Please try again later."),
            "Error: The configuration is locked by another user",
        ),
    ],
)  # fmt: skip
def test_a_commit_that_is_refused_is_no_change(platform: str, script: dict[str, Any], said: str) -> None:
    with command_line(script, platform) as (line, device):
        push = line.send_config([TAKES[platform]], save=True)
        assert push.error is not None
        assert said in str(push.error)
        assert "nothing was committed" in str(push.error)
        assert not push.changed
        assert device.lines[device.lines.index("commit") :].count(DISCARDS[platform]) == 1
        assert "save" not in device.lines


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("platform", "script"),
    [
        ("cisco_xr", xr(asked=True)),
        ("vyos", vyos(asked=True)),
    ],
)
def test_a_candidate_that_is_thrown_away_when_its_mode_is_left_was_not_committed(
    platform: str, script: dict[str, Any]
) -> None:
    with command_line(script, platform) as (line, device):
        push = line.send_config([TAKES[platform]])
        assert push.error is not None
        assert "the device did not commit" in str(push.error)
        assert not push.changed
        assert "commit" in device.lines


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("platform", "script", "driver"),
    [
        ("cisco_xr", xr(NOTHING_NEW), "netmiko"),
        ("cisco_xr", xr(NOTHING_NEW), "scrapli"),
        ("vyos", vyos("No configuration changes to commit\n"), "netmiko"),
    ],
)
def test_where_there_is_nothing_to_commit_nothing_changes_and_nothing_fails(
    platform: str, script: dict[str, Any], driver: str
) -> None:
    with command_line(script, platform, driver) as (line, device):
        push = line.send_config([TAKES[platform]])
        assert push.error is None
        assert (push.accepted, push.changed) == (1, False)
        assert "No configuration changes" in push.committed
        assert "commit" in device.lines


@pytest.mark.thorough
@pytest.mark.parametrize(("platform", "script"), [("cisco_xr", xr()), ("vyos", vyos()), ("huawei_vrpv8", vrp())])
def test_a_commit_that_is_taken_is_a_change(platform: str, script: dict[str, Any]) -> None:
    with command_line(script, platform) as (line, device):
        push = line.send_config([TAKES[platform]])
        assert push.error is None
        assert push.changed
        assert DISCARDS[platform] not in device.lines
