"""What plugins of a site may do to the service: derive inventory, add routes, refuse runs, know callers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from netpulse_core.controller import NetPulse
from netpulse_core.errors import NetPulseError, Refused
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.run import RunRequest
from tests.api.service import Service, serving, write_site

RULES = '''
"""Rules of a house."""
from netpulse_core import hookimpl

@hookimpl
def prepare_inventory(inventory):
    for host in inventory.hosts.values():
        host.data["row"] = host.data.get("rack", 0) * 10

@hookimpl
def prepare_api(app):
    @app.get("/owner")
    def owner() -> str:
        return "network operations"

@hookimpl
def refuse_run(runbook, devices, caller):
    if caller.name == "proxy:guest" and runbook.changes:
        return "guests change nothing"
    if len(devices) > 2:
        return f"{len(devices)} devices are too many"
'''
PROOF = {"X-NetPulse-Proxy": "between us"}
ENGINEER = {**PROOF, "X-NetPulse-Role": "engineer"}
COMMANDS = {"runbook": "send_commands", "target": "row=10", "parameters": {"commands": ["show clock"]}}


@pytest.fixture
def http(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    monkeypatch.setenv("NETPULSE_PROXY_SECRET", "between us")
    site = write_site(tmp_path / "site")
    (site / "plugins" / "rules.py").write_text(RULES)
    with NetPulse.open(site) as netpulse, serving(netpulse) as (app, port):
        client = Service(netpulse, app, port).http()
        yield client
        client.close()


def test_what_a_plugin_derives_is_a_target(http: httpx.Client) -> None:
    answer = http.post("/v1/runs", json=COMMANDS)
    assert answer.status_code == 202, answer.text
    assert http.get(f"/v1/runs/{answer.json()['run']}").json()["devices"] == 1


def test_a_route_of_a_plugin_answers(http: httpx.Client) -> None:
    assert http.get("/owner").json() == "network operations"


def test_a_plugin_refuses_a_run_before_anything_is_recorded(http: httpx.Client) -> None:
    answer = http.post("/v1/runs", json={**COMMANDS, "target": "*"})
    assert answer.status_code == 403
    assert "3 devices are too many (plugin plugins/rules.py)" in answer.json()["detail"]
    assert http.get("/v1/runs").json()["runs"] == []


def test_a_proxy_that_proves_itself_names_the_caller(http: httpx.Client) -> None:
    del http.headers["Authorization"]
    banner = {"runbook": "set_banner", "target": "leaf1", "parameters": {"text": "hello"}}
    no_role = http.post("/v1/runs", json=banner, headers={**PROOF, "X-Forwarded-User": "ann"})
    assert no_role.json()["permission"] == "reads.run"  # who comes without a role may only look
    accepted = http.post("/v1/runs", json=banner, headers={**ENGINEER, "X-Forwarded-User": "ann"})
    assert accepted.status_code == 202, accepted.text
    run = http.get(f"/v1/runs/{accepted.json()['run']}", headers={**PROOF, "X-Forwarded-User": "ann"}).json()
    assert run["caller"] == "proxy:ann"
    refused = http.post("/v1/runs", json=banner, headers={**ENGINEER, "X-Forwarded-User": "guest"})
    assert "guests change nothing" in refused.json()["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-NetPulse-Proxy": "a guess", "X-Forwarded-User": "ann"},
        {"X-NetPulse-Proxy": "", "X-Forwarded-User": "ann"},
        {"X-Forwarded-User": "ann"},
        PROOF,
        {**PROOF, "X-Forwarded-User": "a" * 201},
    ],
)
def test_a_header_alone_opens_nothing(http: httpx.Client, headers: dict[str, str]) -> None:
    del http.headers["Authorization"]
    assert http.get("/v1/runs", headers=headers).status_code == 401


def test_a_wrong_proof_is_refused_although_there_is_a_key(http: httpx.Client) -> None:
    assert http.get("/v1/runs", headers={"X-NetPulse-Proxy": "a guess"}).status_code == 401


def test_answers_are_not_kept_by_proxies_or_guessed_at_by_browsers(http: httpx.Client) -> None:
    for answer in (http.get("/v1/runs"), http.get("/healthz"), http.get("/v1/nothing")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Cache-Control"]


def test_a_plugin_refuses_what_a_script_and_a_schedule_ask_too(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site")
    (site / "plugins" / "rules.py").write_text(RULES)
    (site / "plugins" / "broken.py").write_text(
        "from netpulse_core import hookimpl\n\n@hookimpl\ndef refuse_run(request):\n    raise KeyError('calendar')\n"
    )
    request = RunRequest(runbook="send_commands", target="leaf1", parameters={"commands": ["show clock"]})
    with NetPulse.open(site) as netpulse, pytest.raises(Refused) as refused:
        netpulse.prepared(request, LOCAL, schedule="nightly")
    assert isinstance(refused.value, NetPulseError)
    assert "plugin plugins/broken.py failed in refuse_run: KeyError: 'calendar'" in str(refused.value)
