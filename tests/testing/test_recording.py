"""Record, write, replay: a cassette answers as the device did, whichever driver asks, and refuses the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from netpulse_core.builtins.netmiko.driver import Netmiko
from netpulse_core.builtins.netmiko.prompts import ask
from netpulse_core.builtins.ssh import Ssh
from netpulse_core.lab import Lab
from netpulse_core.lab.cassette import text
from netpulse_core.testing import Done, FakeDevice, Instance, opened
from tests.servers.frr import FrrRouters

pytestmark = pytest.mark.thorough

Sites = Callable[..., Path]
Instances = Callable[..., Instance]
Cassettes = Callable[..., FakeDevice]

PASSWORD = "kAn4rY-0d1n"
COMMANDS = ["show ip interface brief", "show running-config", "show nonsense", "show running-config"]
JUNOS = {
    "prompt": "mx1> ",
    "banner": "--- JUNOS 21.4R3 ---\nhands off",
    "lines": [
        {"command": "set cli screen-width 511", "answer": "Screen width set to 511"},
        {"command": "set cli screen-length 0", "answer": "Screen length set to 0"},
        {"pattern": "set cli .*"},
        {"command": "show version", "answer": "\nHostname: mx1\nModel: mx240  \n\n"},
        {"command": "show configuration", "answer": 'secret "$9$abc";  ## SECRET-DATA\npassword: ' + PASSWORD},
        {"command": "show load", "answer": ["1", "2", "3"]},
        {"pattern": "exit", "closes": True},
    ],
    "refuses": "unknown command.",
}


def recorded(done: Done, folder: Path) -> Path:
    """Write what a run recorded, and return the file."""
    assert done.outcome == "ok", done.problem
    path = folder / "recorded.yaml"
    path.write_text(text(done.result, path.name), encoding="utf-8")
    return path


def answers(device: FakeDevice, commands: Sequence[str], *, netmiko: str, ssh: str) -> list[list[str]]:
    """What a device answers over each driver, in sessions of their own."""
    with opened(Netmiko(), device.parameters(netmiko)) as line:
        over_netmiko = [ask(line, command, 10) for command in commands]
    with opened(Ssh(), device.parameters(ssh)) as line:
        return [over_netmiko, [line.send_command(command) for command in commands]]


@pytest.mark.parametrize("driver", ["netmiko", "ssh"])
def test_a_device_of_the_lab_answers_the_same_when_it_is_replayed(
    site: Sites, netpulse: Instances, cassette: Cassettes, tmp_path: Path, driver: str
) -> None:
    with Lab.running(count=1, password=PASSWORD) as lab:
        (leaf,) = lab.devices.values()
        leaf.faults.banner = "welcome"
        real = FakeDevice(leaf, _Wire(leaf.address, leaf.port))  # type: ignore[arg-type]
        hosts = {"inventory/hosts.yaml": {"leaf1": real.inventory("cisco_ios", netpulse_driver=driver)}}
        done = netpulse(site(hosts)).run("record_session", "leaf1", commands=COMMANDS)
        said = answers(real, COMMANDS, netmiko="cisco_ios", ssh="ios")
    device = cassette(recorded(done, tmp_path))
    assert device.name == "leaf1"
    assert answers(device, COMMANDS, netmiko="cisco_ios", ssh="ios") == said
    assert (
        answers(device, ["show clock"], netmiko="cisco_ios", ssh="ios")
        == [["% Invalid input detected at '^' marker."]] * 2
    )
    again = netpulse(site({"inventory/hosts.yaml": {"leaf1": device.inventory()}}))
    assert [step.body for step in again.run("send_commands", "leaf1", commands=COMMANDS[:2]).steps] == said[0][:2]


class _Wire:
    """Where a device is, without a wire that can be silenced."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port


@pytest.mark.parametrize("driver", ["netmiko", "ssh"])
def test_banner_order_blank_lines_and_masks_are_kept(
    site: Sites,
    netpulse: Instances,
    fake_device: Cassettes,
    cassette: Cassettes,
    tmp_path: Path,
    driver: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    junos = fake_device(JUNOS, name="mx1", password=PASSWORD)
    host = junos.inventory("juniper_junos", netpulse_driver=driver)
    if driver == "ssh":  # over the other, the password stands in clear
        monkeypatch.setenv("NETPULSE_TEST_CANARY", PASSWORD)
        host["password"] = "env:NETPULSE_TEST_CANARY"
    commands = ["show version", "show configuration", "show load", "show load", "show chassis"]
    done = netpulse(site({"inventory/hosts.yaml": {"mx1": host}})).run(
        "record_session", "mx1", commands=commands, timings=True
    )
    path = recorded(done, tmp_path)
    values: dict[str, Any] = done.result
    assert PASSWORD not in path.read_text()
    assert "$9$abc" not in path.read_text()
    assert values["redacted"] == {"known by value": 1, "password hash": 1}
    assert values["banner"] == JUNOS["banner"]
    assert values["recorded"]["driver"] == driver
    device = cassette(path)
    over_netmiko, over_ssh = answers(device, commands, netmiko="juniper_junos", ssh="junos")
    assert over_netmiko[0] == "\nHostname: mx1\nModel: mx240  " + "\n" * (driver == "netmiko")
    assert over_ssh[0] == "\nHostname: mx1\nModel: mx240  "  # which takes a last blank line for a part of the prompt
    assert over_netmiko[1:] == over_ssh[1:]
    assert over_ssh[1] == 'secret "********";  ## SECRET-DATA\npassword: ********'
    assert over_ssh[2:] == ["1", "2", "unknown command."]
    assert all("delay" in line for line in values["lines"] if "command" in line)


@pytest.mark.servers("frr")
@pytest.mark.parametrize("driver", ["netmiko", "ssh"])
def test_a_real_router_answers_the_same_when_it_is_replayed(
    frr_routers: FrrRouters, site: Sites, netpulse: Instances, cassette: Cassettes, tmp_path: Path, driver: str
) -> None:
    router = frr_routers["r1"]
    host = {"hostname": router.host, "port": router.port, "username": router.username, "password": router.password}
    host |= {"platform": {"netmiko": "cisco_ios", "ssh": "frr"}[driver], "data": {"netpulse_driver": driver}}
    commands = ["show running-config", "show ip route 10.0.0.1/32 json", "show nonsense", "show bgp neighbors nobody"]
    instance = netpulse(site({"inventory/hosts.yaml": {"r1": host}}))
    done = instance.run("record_session", "r1", commands=commands)
    asked = instance.run("send_commands", "r1", commands=commands[:1])
    device = cassette(recorded(done, tmp_path))
    over_netmiko, over_ssh = answers(device, commands, netmiko="cisco_ios", ssh="frr")
    assert over_netmiko == over_ssh
    lines = {line["command"]: line["answer"] for line in done.result["lines"] if "command" in line}
    assert over_ssh == [lines[command].removesuffix("\n") for command in commands]
    assert over_ssh[0] == asked.result
    assert "hostname r1" in over_ssh[0]
    assert over_ssh[2].startswith("% Unknown command")


@pytest.mark.parametrize("command", ["configure terminal", "reload", "show version ; reload"])
def test_what_is_not_known_to_read_is_not_recorded(
    site: Sites, netpulse: Instances, fake_device: Cassettes, command: str
) -> None:
    junos = fake_device(JUNOS, name="mx1", password=PASSWORD)
    instance = netpulse(site({"inventory/hosts.yaml": {"mx1": junos.inventory("juniper_junos")}}))
    done = instance.run("record_session", "mx1", commands=[command])
    assert done.outcome == "rejected"
    assert command not in junos.lines


def test_without_a_prompt_there_is_no_session_to_record(
    site: Sites, netpulse: Instances, fake_device: Cassettes
) -> None:
    box = fake_device({"prompt": "box$ "})
    done = netpulse(site({"inventory/hosts.yaml": {"box": box.inventory("linux", netpulse_driver="linux")}})).run(
        "record_session", "box", commands=["uptime"]
    )
    assert done.outcome == "blocked"
    assert done.problem is not None
    assert "does not show a session as it was" in done.problem.message
