"""The demo, and that what it says to try next works when it is typed."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import Netpulse

pytestmark = pytest.mark.thorough


@pytest.mark.thorough
def test_the_demo_does_the_main_job_and_what_it_says_next_works(netpulse: Netpulse, tmp_path: Path) -> None:
    said = netpulse("--site", "left", "demo", "--count", "10", cwd=tmp_path)
    assert said.returncode == 0, said.stderr
    assert said.stderr == ""
    assert "\x1b" not in said.stdout
    for words in ("POST /v1/runs", "2 different outputs", "sessions reused", "next: 20", "cron:"):
        assert words in said.stdout
    commands = [shlex.split(line) for line in said.stdout.splitlines()[-3:]]
    try:
        for command in commands:
            done = netpulse(*command[command.index("--site") :], cwd=tmp_path)
            assert done.returncode == 0, (command, done.stdout, done.stderr)
    finally:
        assert netpulse("--site", "left", "lab", "down", cwd=tmp_path).returncode == 0


@pytest.mark.thorough
def test_the_demo_leaves_alone_what_it_did_not_make(netpulse: Netpulse, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    said = netpulse("--site", tmp_path / "mine", "demo")
    assert said.returncode == 5
    assert "no demo made it" in said.stderr


@pytest.mark.thorough
def test_the_demo_in_json_is_one_document(netpulse: Netpulse, tmp_path: Path) -> None:
    said = netpulse("--site", tmp_path / "site", "demo", "--count", "10", "--json")
    document = json.loads(said.stdout)
    assert [each["run"]["verdict"] for each in document["runs"]] == ["success", "success"]
    assert all(job["session_reused"] for job in document["runs"][1]["devices"])
    assert document["schedule"]["next_due"]


@pytest.mark.thorough
def test_a_lab_has_its_own_site_and_no_other(netpulse: Netpulse, lab: Path, site: Path) -> None:
    twice = netpulse("--site", lab, "lab", "up", "--background")
    assert twice.returncode == 5
    assert "lab down" in twice.stderr
    assert [path.name for path in (lab / "schedules").glob("*.yaml")] == ["nightly-compliance.yaml"]
    taken = netpulse("--site", site, "lab", "up")
    assert taken.returncode == 5
    assert "a site already" in taken.stderr
