"""`last` is one run for the whole of a command, also where another is accepted meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from netpulse_core.client import Client
from netpulse_core.client.compliance import Compliance
from netpulse_core.model.run import RunRequest
from tests.api.service import ADA, Service, service

Said = Callable[..., Result]
ASK = RunRequest(runbook="send_commands", target="role=leaf", parameters={"commands": ["show version"]})


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Said) -> Iterator[Service]:
    """A service that the command line finds by itself, with one run that has ended."""
    with service(tmp_path / "site") as running:
        monkeypatch.setenv("NETPULSE_URL", running.url)
        monkeypatch.setenv("NETPULSE_API_KEY", running.key)
        running.netpulse.submit(ASK, ADA)
        running.hand.conclude(running.hand.claim())
        yield running


def overtaken(served: Service, monkeypatch: pytest.MonkeyPatch, kind: type, name: str) -> None:
    """Let somebody ask for another run, and cancel it, after each such question of the command."""
    real = getattr(kind, name)

    @wraps(real)
    def asked(*words: Any, **named: Any) -> Any:
        found = real(*words, **named)
        with Client(served.url, served.key) as other:
            other.cancel(other.submit(ASK).run)
        return found

    monkeypatch.setattr(kind, name, asked)


def test_a_device_is_shown_with_its_own_outputs(served: Service, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = json.loads(said("show", "last", "leaf1", "--json").stdout)
    assert whole["steps"]
    overtaken(served, monkeypatch, Client, "job")
    assert json.loads(said("show", "last", "leaf1", "--json").stdout) == whole


def test_a_report_ends_with_the_code_of_the_run_it_reports(
    served: Service, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = said("compliance", "report", "last", "--json")
    overtaken(served, monkeypatch, Compliance, "report")
    again = said("compliance", "report", "last", "--json")
    assert (again.exit_code, json.loads(again.stdout)["run"]) == (whole.exit_code, json.loads(whole.stdout)["run"])


def test_devices_over_pages_are_those_of_one_run(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netpulse_core.client.wire.JOBS_A_PAGE", 1)
    (run,) = served.netpulse.runs()

    def overtake(response: object) -> None:
        served.netpulse.submit(ASK, ADA)

    with Client(served.url, served.key) as client:
        client._http.event_hooks["response"] = [overtake]
        assert [(job.run, job.device) for job in client.devices_of("last")] == [(run.id, "leaf1"), (run.id, "leaf2")]
