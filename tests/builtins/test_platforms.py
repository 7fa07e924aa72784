"""Refusals are told from answers, and the tables fit netmiko as it is installed."""

import inspect
from typing import Any

import netmiko
import pytest
from netmiko.base_connection import BaseConnection
from netmiko.no_enable import NoEnable
from netmiko.ssh_dispatcher import CLASS_MAPPER_BASE

from netpulse_core.builtins.netmiko.lines import is_read
from netpulse_core.builtins.netmiko.platforms import (
    DISCARDS,
    NAPALM_NAMES,
    UNCERTAIN_CANDIDATES,
    Family,
    family,
    rejection,
    without_secrets,
)

CARET = "        ^\n"
UNRECOGNIZED = "Unrecognized command found at '^' position."
CLASSES: dict[str, Any] = CLASS_MAPPER_BASE


@pytest.mark.parametrize(
    ("platform", "output", "line"),
    [
        ("cisco_ios", f"{CARET}% Invalid input detected at '^' marker.\n", "% Invalid input detected at '^' marker."),
        ("cisco_ios", "% Incomplete command.\n", "% Incomplete command."),
        ("cisco_ios", '% Ambiguous command:  "sh i"', '% Ambiguous command:  "sh i"'),
        ("cisco_ios", "%Error opening flash:/x (No such file)", "%Error opening flash:/x (No such file)"),
        ("cisco_ios", "% Bad IP address", "% Bad IP address"),
        ("cisco_nxos", f"{CARET}% Invalid command at '^' marker.", "% Invalid command at '^' marker."),
        ("eos", "% Invalid input (at token 1: 'foo')", "% Invalid input (at token 1: 'foo')"),
        ("frr", "% Unknown command: show foo", "% Unknown command: show foo"),
        ("frr", "% Command incomplete: show", "% Command incomplete: show"),
        ("juniper_junos", f"{CARET}syntax error, expecting <command>.", "syntax error, expecting <command>."),
        ("junos", f"{CARET}unknown command.", "unknown command."),
        ("junos", "error: the routing subsystem is not running", "error: the routing subsystem is not running"),
        ("huawei", f"{CARET}Error: {UNRECOGNIZED}", f"Error: {UNRECOGNIZED}"),
        ("hp_comware", f"{CARET} % {UNRECOGNIZED}", f"% {UNRECOGNIZED}"),
        ("linux", "bash: show: command not found", "bash: show: command not found"),
        ("fortinet", "Unknown action 0", "Unknown action 0"),
        (None, "% Invalid input detected", "% Invalid input detected"),
    ],
)  # fmt: skip
def test_a_refusal_is_found(platform: str | None, output: str, line: str) -> None:
    assert rejection(platform, output) == line


@pytest.mark.parametrize(
    ("platform", "output"),
    [
        ("cisco_ios", "interface Gi0/1\n description % Invalid input detected\n"),
        ("cisco_ios", "*Nov 23 12:00:00: %LINK-3-UPDOWN: Interface up\n%SYS-5-CONFIG_I: Configured from console\n"),
        ("cisco_ios", "% BGP not active"),
        ("cisco_ios", "% Network not in table"),
        ("cisco_ios", "\n".join(["line of a long log"] * 12 + ["% Invalid input detected"])),
        ("junos", "Physical link is Up\n  Input errors: 0\n"),
        ("cisco_ios", ""),
    ],
)
def test_an_answer_is_no_refusal(platform: str, output: str) -> None:
    assert rejection(platform, output) is None


@pytest.mark.parametrize(
    ("platform", "output", "refused"),
    [
        ("frr", "BGP is already running; AS is 65000", True),
        ("cisco_ios", "Command rejected: An interface whose trunk encapsulation is Auto", True),
        ("cisco_ios", "% 10.0.0.0 overlaps with GigabitEthernet0/1", True),
        ("cisco_ios", "% VRF blue does not exist or is not configured", True),
        ("cisco_ios", "%Invalid nexthop address (it's this router)", True),
        ("cisco_ios", "%Warning: portfast should only be enabled on ports", False),
        ("cisco_ios", "% Generating 2048 bit RSA keys, keys will be non-exportable...", False),
        ("cisco_ios", "% Interface Gi0/1 IPv4 disabled and address(es) removed due to enabling VRF blue", False),
        ("cisco_ios", "*Nov 23 12:00:00: %LINEPROTO-5-UPDOWN: Line protocol on Interface Lo1", False),
        ("cisco_ios", "%LINEPROTO-5-UPDOWN: Line protocol on Interface Lo1", False),
        ("cisco_ios", "Enter configuration commands, one per line.  End with CNTL/Z.\nleaf1(config)#", False),
        ("junos", "warning: statement not found", False),
        ("junos", "invalid value '300' in ip address", True),
    ],
)
def test_configuring_any_percent_sign_counts_but_for_notices(platform: str, output: str, refused: bool) -> None:
    assert (rejection(platform, output, configuring=True) is not None) is refused


def test_every_platform_that_commits_is_in_one_table() -> None:
    commits = {name for name, kind in CLASSES.items() if kind.commit is not BaseConnection.commit}
    assert commits == set(DISCARDS) | set(UNCERTAIN_CANDIDATES)


def test_where_enable_is_a_read_netmiko_sends_enable() -> None:
    for name, kind in CLASSES.items():
        if not is_read(name, "enable") or issubclass(kind, NoEnable):
            continue
        sent = inspect.signature(kind.enable).parameters.get("cmd")
        assert sent is not None, name
        assert sent.default in ("", "enable"), name


def test_every_name_of_a_family_begins_a_platform_of_netmiko() -> None:
    assert set(NAPALM_NAMES.values()) <= set(netmiko.platforms)
    assert family("ios") is Family.CISCO
    assert family("arista_eos_telnet") is Family.CISCO
    assert family("cisco_wlc") is Family.OTHER
    assert family("nonsense") is family(None) is family("") is Family.OTHER


def test_a_refused_line_shows_no_secret() -> None:
    lines = ("username a privilege 15 secret 0 hunter2", "snmp-server community hunter2 RO", "key-string 7 hunter2")
    assert not [line for line in map(without_secrets, lines) if "hunter2" in line]
    assert without_secrets(" description core uplink") == "description core uplink"
