"""A policy of each kind, judged on devices by a worker as a run of `run_checks`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from netpulse_core.cli import app
from netpulse_core.testing import device as devices
from netpulse_core.testing import folder, instance

CONFIG = "version 15.2\nhostname {name}\nntp server {ntp}\nline vty 0 4\n transport input ssh\nend\n"
POLICY: dict[str, Any] = {
    "policy": "base",
    "version": 4,
    "severity": "high",
    "owner": "net@example.net",
    "scope": "role=leaf",
    "rules": [
        {"id": "ntp", "section": "^ntp server", "intended": "ntp.j2"},
        {"id": "vty", "within": "^line vty", "must_contain": ["transport input ssh"]},
        {
            "id": "ssh",
            "command": "show ip ssh",
            "template": "ssh.textfsm",
            "assert": [{"that": "[0].version", "equals": "2.0"}],
        },
        {"id": "software", "software": {"allowed": [">=15.2"], "regex": r"^version (\S+)"}},
        {"id": "gone", "section": "^snmp", "intended": "gone.j2"},
    ],
    "waivers": [{"rule": "ssh", "devices": "bad", "reason": "CHG0042", "until": "2099-12-31"}],
}
KEPT: dict[str, Any] = {
    "policy": "kept",
    "version": 1,
    "owner": "net@example.net",
    "source": "backup",
    "max_age": "26h",
    "scope": "role=leaf",
    "rules": [{"id": "ntp", "must_contain": ["ntp server 10.0.0.1"]}],
}
FILES: dict[str, Any] = {
    "templates/compliance/kept.yaml": KEPT,
    "templates/compliance/base.yaml": POLICY,
    "templates/ntp.j2": "ntp server {{ ntp }}\n",
    "templates/gone.j2": "{{ nobody_has_this }}\n",
    "templates/ssh.textfsm": "Value VERSION (\\S+)\n\nStart\n  ^SSH Enabled - version ${VERSION} -> Record\n",
}


type Typed = Callable[..., Result]


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Typed]:
    """Type `netpulse ...` to a service of three devices: `good`, `bad`, and `core`, which is outside the scope."""
    hosts: dict[str, Any] = {}
    with ExitStack() as stack:
        for name, ntp, ssh in (("good", "10.0.0.1", "2.0"), ("bad", "10.9.9.9", "1.99"), ("core", "10.0.0.1", "2.0")):
            lines = [
                {"pattern": "terminal .*"},
                {"command": "show running-config", "answer": CONFIG.format(name=name, ntp=ntp)},
                {"command": "show ip ssh", "answer": f"SSH Enabled - version {ssh}\n"},
            ]
            device = stack.enter_context(devices.running({"prompt": f"{name}#", "lines": lines}, name=name))
            data = {"role": "core" if name == "core" else "leaf", "ntp": "10.0.0.1"}
            hosts[name] = device.inventory("cisco_ios", netpulse_driver="ssh")
            hosts[name]["data"] = {**hosts[name].get("data", {}), **data}
        site = folder.write(tmp_path_factory.mktemp("site"), {"inventory/hosts.yaml": hosts, **FILES})
        running = stack.enter_context(instance.running(site))
        at = {"NETPULSE_URL": running.url, "NETPULSE_API_KEY": running.key}
        yield lambda *words: CliRunner().invoke(app, words, prog_name="netpulse", env=at)


def judged(typed: Typed, target: str, pattern: str, code: int) -> dict[str, dict[str, Any]]:
    said = typed("checks", "run", target, "-c", pattern, "--json")
    assert said.exit_code == code, said.output
    findings = json.loads(said.stdout)["findings"]
    return {name: {one["check"]: one for one in each} for name, each in findings.items()}


@pytest.fixture(scope="module")
def found(typed: Typed) -> dict[str, dict[str, Any]]:
    """What a run found on each device, by rule."""
    return judged(typed, "*", "base/*", 4)


def verdicts(found: dict[str, Any]) -> dict[str, str]:
    return {name.removeprefix("base/"): one["verdict"] for name, one in found.items()}


def test_each_kind_is_judged_by_what_the_device_says(found: dict[str, dict[str, Any]]) -> None:
    assert verdicts(found["good"]) == {"gone": "error", "ntp": "pass", "software": "pass", "ssh": "pass", "vty": "pass"}
    assert verdicts(found["bad"]) == {
        "gone": "error",
        "ntp": "fail",
        "software": "pass",
        "ssh": "waived",
        "vty": "pass",
    }
    assert set(verdicts(found["core"]).values()) == {"not_applicable"}


def test_a_finding_has_its_evidence(found: dict[str, dict[str, Any]]) -> None:
    one = found["bad"]["base/ntp"]
    assert (one["missing"], one["extra"]) == (["ntp server 10.0.0.1"], ["ntp server 10.9.9.9"])
    assert one["remediation"] == "no ntp server 10.9.9.9\nntp server 10.0.0.1"
    assert (one["policy"], one["version"], one["severity"], one["owner"]) == ("base", "4", "high", "net@example.net")
    assert {source: len(sha256) for source, sha256 in one["sources"].items()} == {
        "running_config": 64,
        "rendered:ntp.j2": 64,
    }
    assert found["bad"]["base/ssh"]["waiver"] == {"reason": "CHG0042", "until": "2099-12-31", "expired": False}
    assert "nobody_has_this" in found["bad"]["base/gone"]["why"]


def test_rules_of_policies_are_listed_with_their_file(typed: Typed) -> None:
    listed = {one["name"]: one["source"] for one in json.loads(typed("checks", "list", "--json").stdout)}
    assert listed["base/ntp"] == "templates/compliance/base.yaml"


def test_a_backup_is_judged_without_the_device(typed: Typed) -> None:
    before = judged(typed, "good", "kept/*", 3)["good"]["kept/ntp"]
    assert (before["verdict"], "no good backup" in before["why"]) == ("error", True)
    assert typed("run", "backup_config", "-t", "role=leaf").exit_code == 0
    after = judged(typed, "role=leaf", "kept/*", 4)
    assert {name: one["kept/ntp"]["verdict"] for name, one in after.items()} == {"good": "pass", "bad": "fail"}
    assert list(after["good"]["kept/ntp"]["taken_at"]) == ["backup"]
    assert list(after["good"]["kept/ntp"]["sources"]) == ["backup"]
