"""Hooks from a command line, over a real service."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import Result

from tests.api.service import Service, service

Said = Callable[..., Result]
HOOK = "runbook: send_commands\ntarget: role=leaf\ndevice: name\nwhen: up == `false`\nsecret: env:HOOK_SECRET\n"


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Said) -> Iterator[Service]:
    """A service whose site has a hook and one that is wrong."""
    with service(tmp_path / "site") as running:
        folder = running.netpulse.site.path / "schedules" / "hooks"
        folder.mkdir(parents=True)
        (folder / "down.yaml").write_text(HOOK + "parameters: {commands: [show clock]}\ndebounce: 30s\n")
        (folder / "wrong.yaml").write_text(HOOK)
        monkeypatch.setenv("HOOK_SECRET", "s3cret-of-the-hook")
        monkeypatch.setenv("NETPULSE_URL", running.url)
        monkeypatch.setenv("NETPULSE_API_KEY", running.key)
        yield running


@pytest.mark.thorough
def test_hooks_are_listed_shown_tried_and_checked(served: Service, said: Said, tmp_path: Path) -> None:
    listed = said("hooks")
    assert listed.exit_code == 0, listed.stderr
    assert listed.stdout.splitlines()[1].split()[:6] == ["down", "send_commands", "role=leaf", "netpulse", "30", "s"]
    shown = said("hooks", "show", "down")
    assert "/v1/hooks/down" in shown.stdout
    assert "HOOK_SECRET" not in shown.stdout
    assert json.loads(said("hooks", "show", "down", "--json").stdout)["debounce"] == 30.0
    assert said("hooks", "show", "up").exit_code == 5
    body = tmp_path / "body.json"
    body.write_text('{"name": "leaf2", "up": false}')
    tried = said("hooks", "test", "down", "--body", body)
    assert (tried.exit_code, tried.stdout.splitlines()[0]) == (0, "it would run send_commands on leaf2")
    body.write_text('{"name": "leaf2", "up": true}')
    ignored = said("hooks", "test", "down", "--body", body)
    assert ignored.exit_code == 4
    assert "`when` came to False" in ignored.stdout
    body.write_text("{")
    assert "is not JSON" in said("hooks", "test", "down", "--body", body).stderr
    assert said("hooks", "test", "down", "--body", tmp_path / "none").exit_code == 2
    assert served.netpulse.runs() == []
    checked = said("check", "--site", served.netpulse.site.path)
    assert "schedules/hooks/wrong.yaml:" in checked.stdout
    assert "'commands'" in checked.stdout
    assert "schedules/hooks/down.yaml" not in checked.stdout
