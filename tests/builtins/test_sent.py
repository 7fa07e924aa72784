"""Which lines a call would send is told before it is made, and what cannot be told is on nobody's list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netpulse_core import Driver, File, Turn
from netpulse_core.builtins.eapi.driver import Eapi
from netpulse_core.builtins.http.driver import Http
from netpulse_core.builtins.linux.driver import Linux
from netpulse_core.builtins.napalm.driver import Napalm
from netpulse_core.builtins.netconf.driver import Netconf
from netpulse_core.builtins.netmiko.driver import Netmiko
from netpulse_core.builtins.scrapli.driver import Scrapli
from netpulse_core.builtins.snmp.driver import Snmp
from netpulse_core.builtins.ssh.driver import Ssh
from netpulse_core.errors import LineRefused
from netpulse_core.model.commandpolicy import CommandPolicy, OwnedRules, Whose
from netpulse_core.model.commandrules import CommandRules
from netpulse_core.sessions.sending import Sending

UNSEEN: Any = None
FORMED = "wri\x0cte erase"
BANNER = ["banner motd #", "why?\tso", "#", "a"]
TURNS = [Turn("copy a b", "confirm"), Turn("y", "")]
CASES: list[tuple[Driver, str | None, str, tuple[Any, ...], dict[str, Any], Any]] = [
    (Netmiko(), "ios", "send_command", ("show clock",), {}, ["show clock"]),
    (Netmiko(), "ios", "send_command", ("show clock",), {"normalize": False}, UNSEEN),
    (Netmiko(), "ios", "find_prompt", (), {}, []),
    (Netmiko(), "ios", "enable", (), {}, []),
    (Netmiko(), "ios", "enable", ("reload",), {}, ["reload"]),
    (Netmiko(), "ios", "send_config_set", (["a", "b\nc"],), {}, ["a", "b", "c", ""]),
    (Netmiko(), "ios", "send_config_set", ("a\nb",), {"config_mode_command": "do c"}, ["a", "b", "do c"]),
    (Netmiko(), "ios", "send_config_set", (iter(["a"]),), {}, UNSEEN),
    (Netmiko(), "ios", "save_config", (), {}, ["write mem", ""]),
    (Netmiko(), "nxos", "save_config", (), {}, ["copy running-config startup-config", ""]),
    (Netmiko(), "no such platform", "save_config", (), {}, UNSEEN),
    (Netmiko(), "junos", "send_config_set", (["rollback 0"],), {}, []),
    (Netmiko(), "ios", "send_config_set", (["rollback 0"],), {}, ["rollback 0"]),
    (Netmiko(), "junos", "send_command", ("configure exclusive",), {}, []),
    (Netmiko(), "ios", "send_command", ("configure exclusive",), {}, ["configure exclusive"]),
    (Netmiko(), "junos", "commit", (), {"comment": "a label"}, []),
    (Netmiko(), "junos", "commit", (), {"comment": "a\nrequest system zeroize"}, UNSEEN),
    (Netmiko(), "ios", "write_channel", ("y\n",), {}, ["y"]),
    (Netmiko(), "ios", "write_channel", ("rel",), {}, UNSEEN),
    (Netmiko(), "ios", "disable_paging", ("reload",), {}, UNSEEN),
    (
        Netmiko(),
        "ios",
        "send_config_set",
        (["wri\x0cte erase", "a\u2028b\r\nc"],),
        {},
        ["wri\x0cte erase", "a\u2028b", "c"],
    ),
    (Netmiko(), "ios", "write_channel", ("wri\x0cte erase\n",), {}, ["wri\x0cte erase"]),
    (
        Netmiko(),
        "ios",
        "send_config_set",
        (["banner motd #", "why?\tso", "#", "a"],),
        {},
        ["banner motd #", "why?\tso", "#", "a"],
    ),
    (Netmiko(), "linux", "send_command", ("ls ?",), {}, ["ls ?"]),
    (Scrapli(), "cisco_iosxe", "send_config", ("wri\x0cte erase\na",), {}, ["wri\x0cte erase", "a"]),
    (Scrapli(), "cisco_iosxe", "send_commands", (["a", "b"],), {}, ["a", "b"]),
    (Scrapli(), "cisco_iosxe", "send_configs", (["a", "b"],), {}, ["a", "b"]),
    (Scrapli(), "cisco_iosxe", "send_config", ("a\nb",), {}, ["a", "b"]),
    (Scrapli(), "ios", "push", (["a"],), {"save": True}, ["a", "write memory"]),
    (Scrapli(), "ios", "converse", (TURNS,), {}, ["copy a b", "y"]),
    (Scrapli(), "ios", "send_interactive", ([("clear log", "confirm"), ("", "#")],), {}, ["clear log"]),
    (Scrapli(), "ios", "acquire_priv", ("configuration",), {}, []),
    (Ssh(), "cisco_ios", "send_command", ("show clock",), {}, ["show clock"]),
    (Ssh(), "cisco_ios", "send_config", (["a"],), {"save": True}, ["a", "write memory"]),
    (Ssh(), "cisco_ios", "send_config", (["a"],), {}, ["a"]),
    (Ssh(), "cisco_ios", "send_dialog", (TURNS,), {}, ["copy a b", "y"]),
    (Ssh(), "cisco_ios", "refusal", ("",), {}, []),
    (Eapi(), "eos", "run_commands", (["a", "b"],), {}, ["a", "b"]),
    (Eapi(), "eos", "send_config", (["a"],), {"save": True}, ["a", "copy running-config startup-config"]),
    (Napalm(), "ios", "cli", (["a", "b"],), {}, ["a", "b"]),
    (Napalm(), "ios", "load_merge_candidate", (), {"config": "a\nb"}, ["a", "b"]),
    (Napalm(), "ios", "load_replace_candidate", ("/nowhere/at/all",), {}, UNSEEN),
    (Napalm(), "ios", "get_facts", (), {}, UNSEEN),
    (Napalm(), "ios", "commit_config", (), {"message": "a"}, []),
    (Napalm(), "ios", "commit_config", ("a\nreload",), {}, UNSEEN),
    (Linux(), "linux", "run", ("uptime",), {}, ["uptime"]),
    (Linux(), "linux", "run", ("reboot",), {"sudo": True}, ["sudo reboot", "reboot"]),
    (Linux(), "linux", "run", ("sh",), {"input": "reboot\n"}, ["sh", "reboot"]),
    (Linux(), "linux", "run", ("ls ?\t*",), {}, ["ls ?\t*"]),
    (Linux(), "linux", "run_script", ("#!/bin/sh\nreboot",), {}, ["#!/bin/sh", "reboot"]),
    (Linux(), "linux", "put", (), {}, UNSEEN),
    (Linux(), "linux", "get", ("/etc/shadow", "x"), {}, UNSEEN),
    (Http(), None, "get", ("/api/v1/x",), {}, ["GET /api/v1/x"]),
    (Netconf(), None, "edit_config", ("<a/>",), {}, UNSEEN),
    (Snmp(), None, "walk", ("1.3",), {}, UNSEEN),
]


@pytest.mark.parametrize(("driver", "platform", "method", "args", "kwargs", "lines"), CASES)
def test_a_driver_tells_what_a_call_sends(
    driver: Driver, platform: str | None, method: str, args: tuple[Any, ...], kwargs: dict[str, Any], lines: Any
) -> None:
    told = driver.sent(platform, method, args, kwargs)
    if lines is UNSEEN:
        assert told is None
    else:
        assert told is not None
        assert [line for line in told if line] == [line for line in lines if line]


@pytest.mark.parametrize("line", ["do re?load", "do rel?", "do w\trite erase", "description why?"])
@pytest.mark.parametrize(
    ("driver", "platform", "method", "several"),
    [
        (Netmiko(), "ios", "send_command", False),
        (Netmiko(), "ios", "send_config_set", True),
        (Netmiko(), None, "send_config_set", True),
        (Netmiko(), "ios", "save_config", False),
        (Scrapli(), "cisco_iosxe", "send_command", False),
        (Scrapli(), "cisco_iosxe", "push", True),
        (Scrapli(), "cisco_iosxe", "send_configs", True),
        (Napalm(), "ios", "cli", True),
    ],
)
def test_a_key_that_a_prompt_acts_on_is_in_no_line(
    line: str, driver: Driver, platform: str | None, method: str, several: bool
) -> None:
    with pytest.raises(LineRefused, match="asks for help" if "?" in line else "completes a word"):
        driver.sent(platform, method, ([line] if several else line,), {})


def test_what_stands_in_files_is_told_too(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_text("a\nb\n")
    formed = tmp_path / "formed"
    formed.write_text("wri\x0cte erase\n")
    assert Netmiko().sent("ios", "send_config_from_file", (str(formed),), {}) == ["wri\x0cte erase"]
    assert Netmiko().sent("ios", "send_config_from_file", (str(path),), {}) == ["a", "b"]
    assert Scrapli().sent("ios", "send_configs_from_file", (str(path),), {}) == ["a", "b"]
    assert Napalm().sent("ios", "load_merge_candidate", (), {"filename": str(path)}) == ["a", "b"]
    assert Linux().sent("linux", "run_script", (File.at(path),), {}) == ["a", "b"]


def policy(*, allow: tuple[str, ...] = (), deny: tuple[str, ...] = ()) -> CommandPolicy:
    return CommandPolicy((OwnedRules(Whose.CALLER, "bot", CommandRules(allow, deny)),))


def passes(rules: CommandPolicy, driver: Driver, method: str, *args: Any) -> bool:
    try:
        Sending(rules, "r1").admit(driver, "ios", method, args, {})
    except LineRefused as error:
        return not error.hint
    return True


class Foreign(Snmp):
    """A driver that was written before drivers told what they send."""

    name = "foreign"
    reads = frozenset({"look"})
    commands = frozenset({"say"})

    def lines(self, method: str, args: tuple[Any, ...], kwargs: Any) -> tuple[str, ...]:
        return (args[0],)


@pytest.mark.parametrize(
    ("driver", "method", "args", "denied", "allowed"),
    [
        (Foreign(), "say", ("show x",), True, True),
        (Foreign(), "say", ("reload",), False, False),
        (Foreign(), "look", (), True, False),
        (Foreign(), "configure", (), False, False),
        (Netconf(), "edit_config", ("<a/>",), True, False),
        (Snmp(), "walk", ("1.3",), True, False),
        (Napalm(), "get_facts", (), True, False),
        (Linux(), "put", (), True, False),
        (Netmiko(), "netpulse_put_file", (), True, False),
        (Netmiko(), "find_prompt", (), True, True),
    ],
)
def test_what_nobody_sees_is_on_no_list(
    driver: Driver, method: str, args: tuple[Any, ...], denied: bool, allowed: bool
) -> None:
    assert passes(policy(deny=("reload*",)), driver, method, *args) is denied
    assert passes(policy(allow=("show *",)), driver, method, *args) is allowed
