"""`netpulse policies`: saved and rendered configurations judged without a service, and what a pipeline is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from netpulse_core.cli import app
from netpulse_core.testing import folder

POLICY: dict[str, Any] = {
    "policy": "ntp",
    "version": 2,
    "severity": "high",
    "owner": "net@example.net",
    "scope": "role=leaf",
    "rules": [
        {"id": "servers", "section": "^ntp server", "intended": "ntp.j2"},
        {"id": "vty", "within": "^line vty", "must_contain": ["transport input ssh"], "severity": "low"},
    ],
}
HOSTS = {
    name: {"hostname": "192.0.2.1", "platform": "cisco_ios", "data": {"role": role, "ntp": ["10.0.0.1"]}}
    for name, role in (("leaf1", "leaf"), ("leaf2", "leaf"), ("core1", "core"))
}
SITE: dict[str, Any] = {
    "inventory/hosts.yaml": HOSTS,
    "templates/ntp.j2": "{% for one in ntp %}ntp server {{ one }}\n{% endfor %}",
}
LINES = {
    **POLICY,
    "rules": [
        {
            "id": "servers",
            "must_contain": ["ntp server 10.0.0.1"],
            "must_not_contain": [{"regex": "^ntp server 10.[89]"}],
        },
        POLICY["rules"][1],
    ],
}
"""The same without a template: nothing need be started."""

GOOD = "hostname x\nntp server 10.0.0.1\nline vty 0 4\n transport input ssh\nend\n"
BAD = GOOD.replace("10.0.0.1", "10.9.9.9")
LOW = GOOD.replace("input ssh", "input all")

type Typed = Callable[..., Result]


@pytest.fixture
def typed(tmp_path: Path) -> Typed:
    """Write saved files and type `netpulse policies ...` at the site."""

    def types(*words: str, files: dict[str, Any] | None = None, policy: dict[str, Any] = LINES) -> Result:
        written = {f"saved/{name}": text for name, text in (files or {}).items()}
        folder.write(tmp_path, {**SITE, "templates/compliance/ntp.yaml": policy, **written})
        said = [str(tmp_path / word) if word in ("saved", "base.json", "map.yaml") else word for word in words]
        return CliRunner().invoke(app, ["--site", str(tmp_path), "policies", *said], prog_name="netpulse")

    return types


@pytest.mark.parametrize(
    ("files", "words", "code"),
    [
        ({"leaf1.cfg": GOOD}, (), 0),
        ({"leaf1.cfg": BAD}, (), 4),
        ({"leaf1.cfg": LOW}, (), 4),
        ({"leaf1.cfg": LOW}, ("--fail-on", "high"), 0),
        ({"leaf1.cfg": BAD}, ("--fail-on", "critical"), 0),
        ({"leaf1.cfg": GOOD, "leaf9.cfg": GOOD}, (), 3),
        ({"leaf1.cfg": ""}, (), 3),
        ({"leaf1.cfg": "banner motd ^C\nnever ends\n"}, (), 3),
        ({"leaf1.cfg": GOOD, "leaf2.txt": BAD}, (), 4),
        ({"leaf1.cfg": GOOD}, ("--target", "role=leaf"), 3),
        ({"leaf1.cfg": GOOD}, ("--target", "leaf1"), 0),
        ({"core1.cfg": GOOD}, (), 3),
        ({"leaf1/running_config.txt": GOOD}, (), 0),
        ({"README": "x"}, (), 3),
        ({".git": "x"}, (), 3),
    ],
)
def test_the_exit_code_says_what_was_found(
    typed: Typed, files: dict[str, str], words: tuple[str, ...], code: int
) -> None:
    said = typed("judge", "--configs", "saved", *words, files=files)
    assert said.exit_code == code, said.stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("judge",), 2),
        (("judge", "--configs", "saved", "--policy", "npt"), 5),
        (("judge", "--configs", "nowhere"), 2),
        (("judge", "--configs", "saved", "--baseline", "nowhere"), 2),
        (("judge", "--configs", "saved", "--fail-on", "urgent"), 2),
        (("judge", "--configs", "saved", "--map", "map.yaml"), 2),
        (("show", "npt"), 5),
    ],
)
def test_what_cannot_be_understood_judges_nothing(typed: Typed, words: tuple[str, ...], code: int) -> None:
    assert typed(*words, files={"leaf1.cfg": GOOD}).exit_code == code


@pytest.mark.thorough
def test_a_baseline_fails_on_what_is_new_alone(typed: Typed, tmp_path: Path) -> None:
    saved = typed("judge", "--configs", "saved", "--json", files={"leaf1.cfg": BAD, "leaf2.cfg": GOOD})
    (tmp_path / "base.json").write_text(saved.stdout)
    again = ("judge", "--configs", "saved", "--baseline", "base.json")
    said = typed(*again)
    assert said.exit_code == 0
    assert "fail, known" in said.stdout
    assert typed(*again, files={"leaf2.cfg": BAD}).exit_code == 4
    assert typed(*again, files={"leaf2.cfg": GOOD}).exit_code == 0
    assert typed(*again, files={"leaf1.cfg": f"ntp server 10.8.8.8\n{BAD}"}).exit_code == 4, "one more line is new"


def test_a_program_is_told_each_finding(typed: Typed) -> None:
    files = {"leaf1.cfg": BAD, "x.cfg": ""}
    told = json.loads(typed("judge", "--configs", "saved", "--json", files=files, policy=POLICY).stdout)
    assert told["schema"] == 1
    assert told["policies"] == {"ntp": "2"}
    found = {one["check"]: one for one in told["findings"]["leaf1"]}
    assert found["ntp/servers"]["extra"] == ["ntp server 10.9.9.9"]
    assert found["ntp/servers"]["remediation"] == "no ntp server 10.9.9.9\nntp server 10.0.0.1"
    assert (found["ntp/servers"]["severity"], found["ntp/vty"]["severity"]) == ("high", "low")
    assert list(told["not_judged"]) == ["x.cfg"]


@pytest.mark.parametrize(
    ("files", "not_judged", "words"),
    [
        ({"leaf1.fra1.cfg": GOOD}, ["leaf1.fra1.cfg"], "the inventory has no device 'leaf1.fra1'"),
        ({"leaf1.fra1": GOOD}, ["leaf1.fra1"], "the inventory has no device 'leaf1.fra1'"),
        ({"leaf1.bak": GOOD, "leaf1.cfg": BAD}, ["leaf1.bak"], "the inventory has no device 'leaf1.bak'"),
        ({"leaf1.cfg": BAD, "leaf1.txt": GOOD}, ["leaf1.cfg", "leaf1.txt"], "leaf1's too, and neither is judged"),
        ({"leaf1": BAD, "leaf1.conf": GOOD}, ["leaf1", "leaf1.conf"], "leaf1's too, and neither is judged"),
    ],
)
def test_a_file_is_taken_for_no_other_device_and_no_old_copy_for_the_configuration(
    typed: Typed, files: dict[str, str], not_judged: list[str], words: str
) -> None:
    said = typed("judge", "--configs", "saved", "--json", files=files)
    told = json.loads(said.stdout)
    assert sorted(told["not_judged"]) == not_judged
    assert all(words in one for one in told["not_judged"].values())
    assert said.exit_code in (3, 4)
    assert not any(
        one["verdict"] == "pass" for one in told["findings"].get("leaf1", []) if one["check"] == "ntp/servers"
    )


def test_a_mapping_names_the_files(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text("leaf1: saved/any.name\n")
    assert typed("judge", "--map", "map.yaml", files={"any.name": GOOD}).exit_code == 0
    (tmp_path / "map.yaml").write_text("leaf1: saved/any.name\nleaf8: saved/any.name\n")
    assert typed("judge", "--map", "map.yaml").exit_code == 3


def test_what_templates_render_is_judged_without_files(typed: Typed, tmp_path: Path) -> None:
    whole = {
        **POLICY,
        "source": "rendered",
        "template": "whole.j2",
        "rules": [{"id": "a", "must_contain": ["ntp server 10.0.0.1"]}],
    }
    folder.write(
        tmp_path, {**SITE, "templates/compliance/ntp.yaml": whole, "templates/whole.j2": "ntp server {{ ntp[0] }}\n"}
    )
    said = CliRunner().invoke(app, ["--site", str(tmp_path), "policies", "judge"], prog_name="netpulse")
    assert said.exit_code == 0, said.output
    assert "2 devices  2 compliant" in said.stdout


def test_policies_are_listed_and_shown(typed: Typed) -> None:
    assert typed("list").stdout.splitlines()[1].split()[:6] == ["ntp", "2", "high", "2", "2", "live"]
    told = json.loads(typed("show", "ntp", "--json").stdout)
    assert [(one["id"], one["kind"], one["devices"]) for one in told["rules"]] == [
        ("servers", "contains", ["leaf1", "leaf2"]),
        ("vty", "contains", ["leaf1", "leaf2"]),
    ]
    assert typed("check").exit_code == 0


def test_answers_may_be_saved_beside_the_configuration(typed: Typed) -> None:
    rules = [
        {"id": "facts", "getter": "facts", "assert": [{"that": "vendor", "equals": "Cisco"}]},
        {"id": "boot", "software": {"forbidden": ["<9"], "command": "show version", "regex": r"Version (\S+)"}},
        {"id": "live", "command": "show ip bgp", "assert": ["length(@) > `0`"]},
    ]
    files = {
        "leaf1/running_config.txt": GOOD,
        "leaf1/get_facts.json": {"vendor": "Cisco"},
        "leaf1/show_version.txt": "Version 8.4\n",
        "leaf2.cfg": GOOD,
    }
    files["leaf1/get_facts.json"] = json.dumps(files["leaf1/get_facts.json"])
    said = typed("judge", "--configs", "saved", "--json", files=files, policy={**POLICY, "rules": rules})
    assert said.exit_code == 4
    found = {name: {one["check"]: one for one in each} for name, each in json.loads(said.stdout)["findings"].items()}
    assert [one["verdict"] for one in found["leaf1"].values()] == ["fail", "pass", "error"]
    assert found["leaf1"]["ntp/live"]["why"] == "command:show ip bgp: no answer is saved as leaf1/show_ip_bgp.txt"
    assert {one["verdict"] for one in found["leaf2"].values()} == {"error"}
    assert "it takes a live device, or a saved answer" in found["leaf2"]["ntp/facts"]["why"]
