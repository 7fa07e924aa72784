"""A secret in clear is refused at every door before anything is recorded, and what was given comes back nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from netpulse_core.controller import NetPulse
from tests.api.service import Service, serving, write_site

CANARY = "s3cret-canary"
PLUGIN = '''
"""A runbook that takes a secret."""
from netpulse_core import Result, Secret, Task, runbook

@runbook
def enter(task: Task, password: Secret) -> Result:
    """Enter."""
    return Result(host=task.host)
'''
ASKED: dict[str, Any] = {"runbook": "enter", "target": "leaf1"}
MADE = {**ASKED, "name": "often", "every": 3600}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A service with a runbook that takes a secret."""
    folder = write_site(tmp_path / "site")
    (folder / "plugins" / "enter.py").write_text(PLUGIN)
    with NetPulse.open(folder) as netpulse, serving(netpulse) as (app, port):
        yield Service(netpulse, app, port)


def nothing_is_recorded(service: Service) -> None:
    assert (service.netpulse.runs(), service.netpulse.ledger.schedules.all()) == ([], [])
    kept = service.netpulse.settings.state.rglob("*")
    assert [one for one in kept if one.is_file() and CANARY.encode() in one.read_bytes()] == []


@pytest.mark.parametrize(("path", "asked"), [("/v1/runs", ASKED), ("/v1/schedules", MADE)])
def test_over_http(service: Service, path: str, asked: dict[str, Any]) -> None:
    with service.http() as http:
        refused = http.post(path, json={**asked, "parameters": {"password": CANARY}})
        assert refused.status_code == 422
        assert "parameter 'password'" in refused.text
        assert "never the secret itself" in refused.text
        assert CANARY not in refused.text + repr(refused.headers)
        nothing_is_recorded(service)
        assert http.post(path, json={**asked, "parameters": {"password": "env:PASSWORD"}}).is_success


@pytest.mark.parametrize("given", [("-p", f"password={CANARY}"), ("--parameters", f'{{"password": "{CANARY}"}}')])
def test_on_the_command_line(
    service: Service, tmp_path: Path, said: Callable[..., Result], given: tuple[str, str]
) -> None:
    (tmp_path / "key").write_text(service.key)
    words = ("--url", service.url, "--key-file", tmp_path / "key", "run", "enter", "-t", "leaf1", "--detach")
    refused = said(*words, *given)
    assert refused.exit_code not in (0, 1)
    assert "password" in refused.output
    assert "never the secret itself" in " ".join(refused.output.split())
    assert CANARY not in refused.output + refused.stderr
    nothing_is_recorded(service)
    assert said(*words, "-p", "password=env:PASSWORD").exit_code == 0
