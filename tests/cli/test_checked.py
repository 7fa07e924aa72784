"""What `netpulse check` says before a process would refuse it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

pytestmark = pytest.mark.thorough

Said = Callable[..., Result]


def test_a_level_that_up_would_refuse_is_an_error(said: Said, site: Path) -> None:
    (site / "netpulse.toml").write_text("slots = 4\nlog_level = 'LOUD'\n")
    told = said("check", "--site", site)
    assert told.exit_code == 1
    assert "netpulse.toml:2:log_level  error  there is no such level; known are CRITICAL, " in told.output
    refused = said("up", "--site", site)
    assert refused.exit_code == 3
    assert "netpulse.toml:2:log_level: there is no such level" in refused.output


def test_an_instant_that_has_passed_is_warned_of_and_one_to_come_is_not(said: Said, site: Path) -> None:
    for name, year in (("past", 2020), ("coming", 2099)):
        words = "runbook: send_commands\ntarget: '*'\nparameters: {commands: [show clock]}\n"
        (site / f"schedules/{name}.yaml").write_text(f"{words}at: {year}-01-01T00:00:00Z\n")
    told = said("check", "--site", site)
    assert told.exit_code == 0
    assert "schedules/past.yaml:4:at  warning  this instant has passed" in told.output
    assert "coming.yaml" not in told.output
    (site / "schedules/past.yaml").write_text(f"{words}at: 2020-01-01T00:00:00Z\nenabled: false\n")
    assert said("check", "--site", site).output.startswith("ok")
