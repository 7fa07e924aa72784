"""`netpulse record`, and docs/cassettes.md: its commands are typed, its example and its cassette are run."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from typer.testing import Result

from netpulse_core.builtins.ssh import Ssh
from netpulse_core.lab import Cassette
from netpulse_core.testing import FakeDevice, opened
from tests.cli.conftest import Netpulse
from tests.cli.test_lab import up_and_down
from tests.testing.authors import run_tests

PAGE = (Path(__file__).parents[2] / "docs" / "cassettes.md").read_text()
Said = Callable[..., Result]


def block(kind: str) -> str:
    (found,) = re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.mark.thorough
def test_the_page_is_true(netpulse: Netpulse, lab: Path, tmp_path: Path) -> None:
    record, replay = (shlex.split(line)[1:] for line in block("sh").splitlines())
    done = netpulse(*record, cwd=tmp_path, NETPULSE_SITE=str(lab))
    assert done.returncode == 0, done.stderr
    assert "leaf1.yaml" in done.stdout
    assert "lab up --cassette leaf1.yaml" in done.stdout
    assert replay[:2] == ["lab", "up"]
    announced = up_and_down("--cassette", str(tmp_path / replay[-1]))
    assert list(announced["devices"]) == ["leaf1"]
    (tmp_path / "test_example.py").write_text(block("python"))
    ran = run_tests(tmp_path, tmp_path)
    assert ran.returncode == 0, ran.stdout


def test_the_cassette_a_person_wrote_is_one(fake_device: Callable[..., FakeDevice], tmp_path: Path) -> None:
    (tmp_path / "hand.yaml").write_text(block("yaml"))
    device = fake_device(tmp_path / "hand.yaml")
    with opened(Ssh(), device.parameters()) as line:
        assert line.send_command("show clock") == "12:00:00.000 UTC Mon Jan 5 2026"
        assert [line.send_command("show interface counters") for _ in range(2)] == ["1 error", "2 errors"]
        assert line.refusal(line.send_command("show version"))


def test_no_key_of_a_cassette_is_missing() -> None:
    named = set(re.findall(r"`(\w+)`", PAGE))
    assert sorted({one.name for one in fields(Cassette)} - named) == []


@pytest.mark.thorough
def test_a_file_that_is_there_is_written_over_only_when_told(netpulse: Netpulse, lab: Path, tmp_path: Path) -> None:
    file = tmp_path / "spine1.yaml"
    file.write_text("mine\n")
    asked = ("--site", lab, "record", "spine1", "--to", file)
    before = netpulse("--site", lab, "runs", "--json").stdout
    refused = netpulse(*asked, "--", "show version")
    assert refused.returncode == 5
    assert f"{file} is there already" in refused.stderr
    assert file.read_text() == "mine\n"
    assert netpulse("--site", lab, "runs", "--json").stdout == before, "nothing was asked"
    done = netpulse(*asked, "--force", "--timings", "--json", "--", "show version", "show nonsense")
    assert done.returncode == 0, done.stderr
    said, values = json.loads(done.stdout), yaml.safe_load(file.read_text())
    assert (said["cassette"], said["redacted"]) == (str(file), {})
    assert values["recorded"]["device"] == "spine1"
    found = {line.get("command"): line for line in values["lines"]}
    assert found["show version"]["delay"] >= 0
    assert "% Invalid input" in found["show nonsense"]["answer"]
    assert [path.name for path in tmp_path.iterdir()] == ["spine1.yaml"]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("device", "command", "code", "reason"),
    [
        ("leaf1", "reload", 4, "'reload' is not known to only read"),
        ("nobody", "show version", 5, "no device"),
        ("*", "show version", 5, "no device"),
    ],
)
def test_what_may_change_and_who_is_not_there_leave_no_file(
    netpulse: Netpulse, lab: Path, tmp_path: Path, device: str, command: str, code: int, reason: str
) -> None:
    done = netpulse("--site", lab, "record", device, "--", command, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert reason in " ".join((done.stdout + done.stderr).split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.thorough
def test_cassettes_are_copied_into_a_site_and_come_back_with_it(said: Said, tmp_path: Path) -> None:
    (tmp_path / "hand.yaml").write_text(block("yaml"))
    site = tmp_path / "site"
    first = up_and_down("--site", str(site), "--count", "1", "--cassette", str(tmp_path / "hand.yaml"))
    (tmp_path / "hand.yaml").unlink()
    again = up_and_down("--site", str(site))
    assert list(first["devices"]) == list(again["devices"]) == ["leaf1", "hand"]
    hosts = yaml.safe_load((site / "inventory/hosts.yaml").read_text())
    assert hosts["hand"]["platform"] == "cisco_ios"
    (tmp_path / "hand.yaml").write_text(block("yaml"))
    twice = said("--site", site, "lab", "up", "--cassette", tmp_path / "hand.yaml")
    assert twice.exit_code == 5
    assert "there is a device hand already" in twice.stderr


@pytest.mark.parametrize(
    ("text", "problem"), [(None, "cannot be read"), ("lines: []", "prompt is missing"), ("a: [", "")]
)
def test_what_is_no_cassette_is_named(said: Said, tmp_path: Path, text: str | None, problem: str) -> None:
    file = tmp_path / "bad.yaml"
    if text is not None:
        file.write_text(text)
    done = said("lab", "up", "--cassette", file)
    assert done.exit_code == 3
    assert f"error: {file}" in done.stderr
    assert problem in done.stderr
