"""`run_checks` on devices behind real SSH: each source once, and no verdict where there was no evidence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nornir.core import Nornir
from nornir.core.inventory import Defaults, Groups, Host, Hosts, Inventory
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.plugins.runners import SerialRunner

from netpulse_core.builtins.checks.runbook import run_checks
from netpulse_core.client import Client
from netpulse_core.errors import InvalidParameters
from netpulse_core.model.check import Finding
from netpulse_core.model.outcome import Outcome
from netpulse_core.testing import FakeDevice, Instance

SAMPLES = Path(__file__).parent / "samples"
OURS = ["bgp_ebgp_requires_policy", "ntp_servers", "snmp_communities", "ssh_only"]

PLUGIN = '''
"""A check of the site's own."""
from netpulse_core import Check, Finding, hookimpl

class Release(Check):
    name = "release"
    sentence = "It runs 15.9"
    evidence = ("command:show version", "running_config")

    def judge(self, device, evidence):
        if "15.9" in evidence["command:show version"]:
            return Finding.passed()
        raise ValueError(evidence["command:show version"])

class Reloads(Release):
    name = "reloads"
    evidence = ("command:reload",)

class Facts(Release):
    name = "fax"
    evidence = ("getter:fax",)

@hookimpl
def register_checks():
    return [Release(), Reloads(), Facts()]
'''


def script(config: str, version: str = "Version 15.9(3)M6") -> dict[str, Any]:
    lines = [
        {"pattern": "terminal (width|length) [0-9]+"},
        {"command": "show version", "answer": version},
        {"command": "show running-config", "answer": config},
    ]
    return {"prompt": "leaf1#", "lines": lines, "refuses": "% Invalid input detected at '^' marker."}


@pytest.fixture
def judged(
    site: Callable[..., Path], netpulse: Callable[..., Instance], fake_device: Callable[..., FakeDevice]
) -> Callable[..., tuple[Any, FakeDevice]]:
    """Judge a device that says this."""

    def judge(config: str, *patterns: str, platform: str = "cisco_ios", **said: Any) -> tuple[Any, FakeDevice]:
        device = fake_device(script(config, **said), name="leaf1")
        entry = device.inventory(platform, netpulse_driver="ssh")
        running = netpulse(site({"inventory/hosts.yaml": {"leaf1": entry}, "plugins/release.py": PLUGIN}))
        return running.run("run_checks", "leaf1", checks=list(patterns or ["*"])), device

    return judge


def verdicts(result: list[dict[str, Any]]) -> dict[str, str]:
    return {one["check"]: one["verdict"] for one in result}


@pytest.mark.thorough
def test_each_source_is_asked_for_once_and_the_job_is_ok_whatever_was_found(
    judged: Callable[..., tuple[Any, FakeDevice]],
) -> None:
    done, device = judged((SAMPLES / "cisco_ios.fail.txt").read_text())
    assert done.outcome is Outcome.OK, done.problem
    assert verdicts(done.result) == {
        "bgp_ebgp_requires_policy": "not_applicable",
        "fax": "error",
        "ntp_servers": "fail",
        "release": "pass",
        "reloads": "error",
        "snmp_communities": "fail",
        "ssh_only": "fail",
    }
    assert device.lines.count("show running-config") == device.lines.count("show version") == 1
    assert "reload" not in device.lines
    why = {one["check"]: Finding.of(one).why for one in done.result}
    assert "this runbook only reads" in why["reloads"]
    assert "no NAPALM getter 'fax'" in why["fax"]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("config", "why"),
    [
        ("", "the device answered nothing"),
        ("% Invalid input detected at '^' marker.", "refused"),
        ("hostname leaf1\nntp server 192.0.2.1\nntp server 192.0.2.2", "it is not whole"),
    ],
    ids=["empty", "refused", "cut"],
)
def test_without_a_whole_configuration_nothing_passes(
    config: str, why: str, judged: Callable[..., tuple[Any, FakeDevice]]
) -> None:
    done, _ = judged(config, *OURS[1:], "release", version="Version 12.4")
    assert done.outcome is Outcome.OK, done.problem
    assert set(verdicts(done.result).values()) == {"error"}
    assert all(why in one["why"] for one in done.result)


@pytest.mark.thorough
def test_a_pattern_of_no_check_and_a_platform_nobody_knows(judged: Callable[..., tuple[Any, FakeDevice]]) -> None:
    done, device = judged("end", "ntp_server")
    assert done.outcome is Outcome.FAILED
    assert "no check 'ntp_server'; did you mean 'ntp_servers'?" in done.problem.message
    assert device.logins == 0
    done, _ = judged("end", "release", platform="linux")
    (found,) = done.result
    assert (found["verdict"], "is not known" in found["why"]) == ("error", True)


@pytest.mark.thorough
def test_a_device_that_is_away_has_no_findings(site: Callable[..., Path], netpulse: Callable[..., Instance]) -> None:
    hosts = {"gone": {"hostname": "127.0.0.1", "port": 1, "platform": "cisco_ios", "data": {"netpulse_driver": "ssh"}}}
    running = netpulse(site({"inventory/hosts.yaml": hosts}))
    done = running.run("run_checks", "gone")
    assert done.outcome is Outcome.UNREACHABLE
    with pytest.raises(InvalidParameters):
        running.run("run_checks", "gone", checks=[])
    with Client(running.url, running.key) as client:
        assert client.checks.findings(done.run) == {}
        assert [one.name for one in client.checks.list()] == OURS


def test_it_is_a_plain_nornir_task_too(
    site: Callable[..., Path], fake_device: Callable[..., FakeDevice], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a script the checks are those of the site its folder is."""
    device = fake_device(script((SAMPLES / "cisco_ios.pass.txt").read_text()), name="leaf1")
    monkeypatch.chdir(site({"netpulse.toml": "", "plugins/release.py": PLUGIN}))
    host = Host(
        name="leaf1",
        hostname=device.address,
        port=device.port,
        username=device.username,
        password=device.password,
        platform="cisco_ios",
    )
    ConnectionPluginRegister.auto_register()
    nornir = Nornir(Inventory(Hosts({"leaf1": host}), Groups(), Defaults()), runner=SerialRunner())
    with nornir:
        found = nornir.run(run_checks, checks=["ntp_*", "release"])["leaf1"]
    assert not found.failed, found[0].exception
    assert verdicts(found[0].result) == {"ntp_servers": "pass", "release": "pass"}
