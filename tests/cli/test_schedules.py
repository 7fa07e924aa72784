"""Schedules on the command line: planned, applied, paused, and what is next, with exit codes that mean something."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Said = Callable[..., Result]

HOSTS = "leaf1: {hostname: 192.0.2.1, platform: cisco_ios, username: u, data: {role: leaf}}\n"
NIGHTLY = """\
runbook: send_commands
target: role=leaf
cron: "30 2 * * *"
timezone: Europe/Berlin
parameters: {commands: [show version]}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with one schedule, which no service runs."""
    for folder in ("inventory", "schedules"):
        (tmp_path / folder).mkdir()
    (tmp_path / "inventory" / "hosts.yaml").write_text(HOSTS)
    (tmp_path / "schedules" / "nightly.yaml").write_text(NIGHTLY)
    (tmp_path / "netpulse.toml").write_text("schedules_wait = true\n")
    return tmp_path


def test_next_needs_no_service(site: Path, said: Said) -> None:
    path = site / "schedules" / "nightly.yaml"
    answer = said("--site", site, "--json", "schedules", "next", "nightly", "-n", "400", "--offline")
    assert answer.exit_code == 0, answer.output
    upcoming = json.loads(answer.stdout)["upcoming"]
    assert len(upcoming) == 400
    assert [each["reason"].partition(":")[0] for each in upcoming if each["starts_at"] is None] == ["skipped"]
    path.write_text(NIGHTLY.replace('"30 2 * * *"', '"0 2 30 2 *"'))
    wrong = said("--site", site, "schedules", "next", "nightly", "--offline")
    assert (wrong.exit_code, "nightly.yaml:3:cron: '0 2 30 2 *' never comes" in wrong.stderr) == (3, True)
    unknown = said("--site", site, "schedules", "next", "nigthly", "--offline")
    assert (unknown.exit_code, "did you mean 'nightly'" in unknown.stderr) == (5, True)


@pytest.mark.thorough
def test_files_are_planned_and_applied_and_paused(site: Path, said: Said) -> None:
    planned = said("--site", site, "schedules", "plan")
    assert planned.exit_code == 4, planned.output
    assert "nightly  added" in planned.stdout
    assert "cron  + 30 2 * * *" in planned.stdout
    applied = said("--site", site, "schedules", "apply")
    assert applied.exit_code == 0, applied.output
    stale = said("--site", site, "schedules", "apply", "--plan", "0123456789ab")
    assert (stale.exit_code, "not what applying would do any more" in stale.stderr) == (5, True)
    paused = said("--site", site, "schedules", "pause", "nightly", "--reason", "the core is being moved")
    assert "the core is being moved" in paused.stdout
    listed = said("--site", site, "schedules")
    assert "paused by admin" in listed.stdout
    (site / "schedules" / "nightly.yaml").write_text(NIGHTLY + "overlap: que\n")
    broken = said("--site", site, "schedules", "apply")
    assert broken.exit_code == 3
    assert "schedules/nightly.yaml:6:overlap  error  'que' is none of skip, queue, allow" in broken.stdout
