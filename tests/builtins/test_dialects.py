"""Other vendors' command lines as devices that say what they say: netmiko and the ssh driver agree on each.

The scripts are of the vendors' published examples; no vendor's software is behind them.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from netpulse_core import CommandLine, Driver, errors
from netpulse_core.builtins.netmiko.commandline import NetmikoLine
from netpulse_core.builtins.netmiko.driver import Netmiko
from netpulse_core.builtins.ssh.driver import Ssh
from netpulse_core.testing.device import FakeDevice, running

SAVES = "write memory|copy running-config startup-config"
VERSION = "Model: vMX\nJunos: 21.4R3\n"


def junos(commit: str = "commit complete", exclusive: str = "") -> dict[str, Any]:
    """A router with a candidate: operational mode, configuration mode, a commit's answer, and who is in it alone."""
    operational, configuring = "netpulse@mx1> ", "netpulse@mx1# "
    edit = "\n[edit]"
    locked = [{"command": "configure exclusive", "at": operational, "answer": exclusive}] if exclusive else []
    return {
        "prompt": operational,
        "lines": [
            {"pattern": "set cli complete-on-space off", "at": operational, "answer": "Disabling complete-on-space"},
            {"pattern": "set cli screen-length .*", "at": operational, "answer": "Screen length set to 0"},
            {"pattern": "set cli screen-width .*", "at": operational, "answer": "Screen width set to 511"},
            {"command": "show version", "at": operational, "answer": VERSION},
            *locked,
            {
                "pattern": "configure(?: (?:exclusive|private))?",
                "at": operational,
                "answer": f"Entering configuration mode\n{edit}",
                "prompt": configuring,
            },
            {"command": "commit", "at": configuring, "answer": f"{commit}\n{edit}"},
            {"command": "rollback 0", "at": configuring, "answer": f"load complete\n{edit}"},
            {
                "pattern": "exit(?: configuration-mode)?",
                "at": configuring,
                "answer": "Exiting configuration mode",
                "prompt": operational,
            },
            {"pattern": "set system ntp server .*", "at": configuring, "answer": edit},
            {"command": "", "at": configuring, "answer": edit},
            {"pattern": "exit|quit", "at": operational, "closes": True},
            {"pattern": ".+", "at": configuring, "answer": f"                ^\nsyntax error.\n{edit}"},
        ],
        "refuses": "                ^\nunknown command.",
    }


def cisco_like(name: str, lines: str, save: str, saved: str, width: str = "", length: str = "") -> dict[str, Any]:
    """A switch whose lines take effect at once; `lines` is a pattern of those it takes."""
    exec_prompt, configuring = f"{name}# ", f"{name}(config)# "
    return {
        "prompt": exec_prompt,
        "lines": [
            {"pattern": "terminal width .*", "at": exec_prompt, "answer": width},
            {"pattern": "terminal length .*", "at": exec_prompt, "answer": length},
            {"pattern": "enable", "at": exec_prompt},
            {"command": "show version", "at": exec_prompt, "answer": VERSION},
            {"pattern": "conf(?:igure)?(?: terminal)?", "at": exec_prompt, "prompt": configuring},
            {"pattern": lines, "at": configuring},
            {"pattern": "end|exit", "at": configuring, "prompt": exec_prompt},
            {"pattern": save, "at": exec_prompt, "answer": saved},
            {"pattern": "exit|quit", "at": exec_prompt, "closes": True},
        ],
        "refuses": "% Invalid command at '^' marker.",
    }


def nxos() -> dict[str, Any]:
    """A Nexus."""
    return cisco_like("n9k1", "ntp server .*", SAVES, "Copy complete.")


def eos() -> dict[str, Any]:
    """An Arista."""
    said = {"width": "Width set to 511 columns.", "length": "Pagination disabled."}
    return cisco_like("sw1", "ntp server .*", SAVES, "Copy completed successfully.", **said)


class Platform:
    """One platform: its script, netmiko's name of it, a line it takes and a line it refuses."""

    def __init__(self, script: Callable[..., dict[str, Any]], name: str, netmiko: str, takes: str) -> None:
        self.script, self.name, self.netmiko, self.takes = script, name, netmiko, takes


PLATFORMS = [
    Platform(junos, "junos", "juniper_junos", "set system ntp server 192.0.2.1"),
    Platform(nxos, "nxos", "cisco_nxos", "ntp server 192.0.2.1"),
    Platform(eos, "eos", "arista_eos", "ntp server 192.0.2.1"),
]
each = pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.name)
through = pytest.mark.parametrize("driver", [Netmiko(), Ssh()], ids=["netmiko", "ssh"])


@contextmanager
def command_line(platform: Platform, driver: Driver, **told: Any) -> Iterator[tuple[CommandLine, FakeDevice]]:
    with running(platform.script(**told), name="r1") as device:
        name = platform.netmiko if isinstance(driver, Netmiko) else platform.name
        connection = driver.open(device.parameters(name), timeout=20)
        try:
            yield NetmikoLine(connection, "r1") if isinstance(driver, Netmiko) else connection, device
        finally:
            driver.close(connection)


@each
@through
def test_an_answer_is_without_echo_and_prompt_and_a_refusal_is_noticed(platform: Platform, driver: Driver) -> None:
    with command_line(platform, driver) as (line, _):
        assert line.send_command("show version").strip() == VERSION.strip()
        assert line.refusal(line.send_command("show version")) is None
        assert line.refusal(line.send_command("show nonsense")) is not None


@each
@through
def test_lines_that_are_taken_change_the_device(platform: Platform, driver: Driver) -> None:
    with command_line(platform, driver) as (line, device):
        push = line.send_config([platform.takes], save=True)
        assert push.error is None
        assert (push.accepted, push.changed) == (1, True)
        assert device.lines.count(platform.takes) == 1
        keeps = "commit" if platform.name == "junos" else SAVES
        assert sum(re.fullmatch(keeps, sent) is not None for sent in device.lines) == 1
        assert line.send_command("show version").strip() == VERSION.strip()


@each
@through
def test_nothing_is_committed_or_saved_after_a_refused_line(platform: Platform, driver: Driver) -> None:
    with command_line(platform, driver) as (line, device):
        push = line.send_config([platform.takes, "colour blue", platform.takes], save=True)
        assert push.error is not None
        assert "line 2 of 3 refused" in str(push.error)
        assert device.lines.count(platform.takes) == 1
        assert not [sent for sent in device.lines if re.fullmatch(f"commit|{SAVES}", sent)]
        if platform.name == "junos":
            assert "rollback 0" in device.lines
            assert not push.changed
        else:
            assert push.changed


@through
@pytest.mark.parametrize(
    "answer",
    [
        "error: configuration check-out failed: (statements constraint check failed)",
        "[edit interfaces]\n  'ge-0/0/9'\n    IFD does not exist\nerror: commit failed: (constraint check failed)",
    ],
)
def test_a_commit_that_junos_refuses_is_no_change(driver: Driver, answer: str) -> None:
    with command_line(PLATFORMS[0], driver, commit=answer) as (line, device):
        push = line.send_config([PLATFORMS[0].takes])
        assert push.error is not None
        assert "nothing was committed" in str(push.error)
        assert not push.changed
        assert device.lines.count("commit") == 1
        assert "rollback 0" in device.lines


@through
def test_lines_for_junos_are_never_sent_into_a_candidate_that_others_share(driver: Driver) -> None:
    with command_line(PLATFORMS[0], driver) as (line, device):
        assert line.send_config([PLATFORMS[0].takes]).error is None
        assert [sent for sent in device.lines if sent.startswith("configure")] == ["configure exclusive"]


@through
@pytest.mark.parametrize(
    "answer",
    [
        "error: configuration database locked by:\n  ada terminal p0 (pid 4711) on since 2026-11-30, idle 00:01\n"
        "      exclusive [edit]",
        "error: configuration database modified",
    ],
)
def test_where_junos_lets_nobody_in_alone_nothing_is_sent(driver: Driver, answer: str) -> None:
    with command_line(PLATFORMS[0], driver, exclusive=answer) as (line, device):
        began = time.monotonic()
        push = line.send_config([PLATFORMS[0].takes])
        assert time.monotonic() - began < 5
        assert push.error is not None
        assert answer.splitlines()[0] in str(push.error)
        assert "no line was sent" in str(push.error)
        assert (push.accepted, push.changed) == (0, False)
        assert not {PLATFORMS[0].takes, "commit", "rollback 0"} & set(device.lines)
        assert line.send_command("show version").strip() == VERSION.strip()


def test_a_commit_of_junos_stays_in_the_candidate_its_lines_are_in() -> None:
    leaving = {"command": "exit", "at": "netpulse@mx1# ", "prompt": "netpulse@mx1> "}
    script = junos()
    with running({**script, "lines": [leaving, *script["lines"]]}, name="r1") as device:
        driver = Netmiko()
        connection = driver.open(device.parameters("juniper_junos"), timeout=20)
        push = NetmikoLine(connection, "r1").send_config([PLATFORMS[0].takes, "exit"])
        driver.close(connection)
    assert push.error is not None
    assert "left configuration mode before the commit; nothing was committed" in str(push.error)
    assert not push.changed
    assert "commit" not in device.lines
    assert "configure" not in device.lines


@pytest.mark.parametrize(
    ("lines", "kind"),
    [([PLATFORMS[0].takes, "colour blue"], errors.PartlyApplied), (["colour blue"], errors.CommandRejected)],
)
def test_of_a_tasks_own_push_to_junos_lines_may_lie_in_the_shared_candidate(lines: list[str], kind: type) -> None:
    with running(junos(), name="r1") as device:
        driver = Netmiko()
        connection = driver.open(device.parameters("juniper_junos"), timeout=20)
        given = driver.prepared("juniper_junos", "send_config_set", {})
        with pytest.raises(Exception, match="colour blue") as refused:
            connection.send_config_set(lines, **given)
        told = driver.translate(refused.value, "r1")
        driver.close(connection)
    assert told is not None
    assert type(told) is kind
    assert ("may lie in the shared candidate" in (told.hint or "")) is (kind is errors.PartlyApplied)


@through
def test_a_configuration_that_could_not_be_saved_is_no_success(driver: Driver) -> None:
    answer = "Configuration update aborted: request was aborted"
    nexus = Platform(
        partial(cisco_like, "n9k1", "ntp server .*", SAVES, answer), "nxos", "cisco_nxos", "ntp server 192.0.2.1"
    )
    with command_line(nexus, driver) as (line, _):
        push = line.send_config([nexus.takes], save=True)
        assert push.error is not None
        assert f"saving was refused: {answer}" in str(push.error)
        assert push.changed


BANNER = ["banner motd", "Authorized staff only!", "ntp server 192.0.2.9", "EOF"]


def eos_with_a_banner() -> dict[str, Any]:
    """An Arista that shows no prompt between `banner motd` and `EOF`."""
    configuring = "sw1(config)# "
    banner = [
        {"command": "banner motd", "at": configuring, "answer": "Enter TEXT message. Type 'EOF' to end.", "prompt": ""},
        {"command": "EOF", "at": "", "prompt": configuring},
        {"pattern": ".*", "at": ""},
    ]
    return {**eos(), "lines": [*banner, *eos()["lines"]]}


WITH_BANNER = Platform(eos_with_a_banner, "eos", "arista_eos", "ntp server 192.0.2.1")


@pytest.mark.thorough
@through
def test_a_banner_of_eos_ends_at_its_last_line_and_not_before(driver: Driver) -> None:
    with command_line(WITH_BANNER, driver) as (line, device):
        push = line.send_config([*BANNER, WITH_BANNER.takes], read_timeout=5)
        assert push.error is None
        assert (push.accepted, push.changed) == (5, True)
        begun = device.lines.index("banner motd")
        assert device.lines[begun : begun + 5] == [*BANNER, WITH_BANNER.takes]


def test_a_banner_of_eos_without_an_end_is_refused_before_anything_is_sent() -> None:
    with command_line(WITH_BANNER, Netmiko()) as (line, device):
        with pytest.raises(errors.InvalidParameters, match="'banner motd' has no end, a line `EOF`"):
            line.send_config([WITH_BANNER.takes, *BANNER[:-1]])
        assert not {"banner motd", WITH_BANNER.takes} & set(device.lines)
