"""What plugins of a site may do to the service: derive inventory, add routes, refuse runs, know callers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from netpulse_core.api.app import create_app
from netpulse_core.controller import NetPulse
from netpulse_core.errors import NetPulseError, PluginError, Refused
from netpulse_core.model.caller import LOCAL, Scope
from netpulse_core.model.roles import BUILT_IN, Permission
from netpulse_core.model.run import RunRequest
from tests.api.service import Service, serving, write_site
from tests.api.test_permissions import holder

RULES = '''
"""Rules of a house."""
from fastapi import Request
from fastapi.responses import JSONResponse
from netpulse_core import hookimpl, requires

@hookimpl
def prepare_inventory(inventory):
    for host in inventory.hosts.values():
        host.data["row"] = host.data.get("rack", 0) * 10

@hookimpl
def prepare_api(app):
    @app.get("/owner")
    @requires("site.read")
    def owner(request: Request) -> str:
        return f"network operations, {request.state.caller.name}"

    @app.post("/v1/oncall/{person}")
    @requires("keys.write")
    def oncall(person: str, body: dict) -> str:
        return person

    @app.get("/mine")
    @requires("runs.read", narrowed=True)
    def mine(request: Request, shift: int = 1) -> str:
        return request.state.caller.scope.target

    class Board:
        async def __call__(self, scope, receive, send):
            await JSONResponse("a board")(scope, receive, send)

    app.mount("/board", requires("site.read")(Board()))

@hookimpl
def refuse_run(runbook, devices, caller):
    if caller.name == "proxy:guest" and runbook.changes:
        return "guests change nothing"
    if len(devices) > 2:
        return f"{len(devices)} devices are too many"
'''
ROUTED = """
from fastapi import APIRouter, Request
from netpulse_core import hookimpl, requires

router = APIRouter(prefix="/team")

@router.get("/owner")
@requires("site.read")
def owner(request: Request) -> str:
    return request.state.caller.name

@router.get("/secret")
@requires("keys.write")
def secret() -> str:
    return "hush"

@hookimpl
def prepare_api(app):
    app.include_router(router)
"""
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
    assert http.get("/owner").json() == "network operations, ada"


ROUTES = [
    ("GET", "/owner", Permission.SITE_READ, False),
    ("POST", "/v1/oncall/ann", Permission.KEYS_WRITE, False),
    ("GET", "/mine", Permission.RUNS_READ, True),
    ("GET", "/board/", Permission.SITE_READ, False),
    ("GET", "/board/2", Permission.SITE_READ, False),
]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Service]:
    site = write_site(tmp_path / "site")
    (site / "plugins" / "rules.py").write_text(RULES)
    with NetPulse.open(site) as netpulse, serving(netpulse) as (app, port):
        yield Service(netpulse, app, port)


def test_the_routes_of_plugins_by_every_role(running: Service) -> None:
    with running.http(Authorization="") as nobody:
        assert nobody.get("/owner").status_code == 401
        assert nobody.get("/board/").json()["type"] == "urn:netpulse:error:Unidentified"
    for role in BUILT_IN.values():
        with holder(running, "walker", role.name) as http:
            for method, path, need, _ in ROUTES:
                answer = http.request(method, path, json={} if method == "POST" else None)
                if need in role.permissions:
                    assert answer.status_code == 200, (role.name, path, answer.text)
                else:
                    assert (answer.status_code, answer.json()["permission"]) == (403, need), (role.name, path)
    with holder(running, "nora", "admin", Scope(target="leaf1")) as http:
        for method, path, need, narrowed in ROUTES:
            answer = http.request(method, path, json={} if method == "POST" else None)
            assert answer.status_code == (200 if narrowed else 403), path
            assert narrowed or answer.json()["permission"] == need
        assert http.get("/mine").json() == "leaf1"
    refused = [one.object for one in running.netpulse.ledger.audit.page(limit=100, action="access.refused")]
    assert "GET /owner" in refused


def test_the_routes_of_plugins_have_the_limits_and_the_errors_of_all(running: Service) -> None:
    with running.http() as http:
        unknown = http.get("/mine", params={"shifft": "2"})
        assert (unknown.status_code, unknown.json()["type"]) == (422, "urn:netpulse:error:InvalidParameters")
        assert "did you mean 'shift'" in unknown.json()["detail"]
        assert http.get("/mine", params={"shift": "x"}).json()["status"] == 422
        assert http.post("/v1/oncall/ann", content=b"x" * (2 << 20)).status_code == 413
        assert "ratelimit-limit" in http.get("/owner").headers
        assert "ratelimit-limit" not in http.get("/healthz").headers


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("does", "says"),
    [
        ('app.get("/open")(lambda: 1)', "adds /open without saying which permission it needs"),
        ('app.add_api_route("/v1/open", lambda: 1)', "adds /v1/open without"),
        ('app.mount("/all", FastAPI())', "adds /all without"),
        ('app.add_api_websocket_route("/ws", requires("site.read")(lambda: 1))', "adds /ws without"),
        ('r = APIRouter(); r.get("/in")(lambda: 1); app.include_router(r)', "without saying"),
        ('app.frontend("/pages", directory=".")', "adds a route without"),
        ('r = APIRouter(); r.frontend("/pages", directory="."); app.include_router(r)', "adds a route without"),
        ('app.router.routes[-1].original_router.get("/in")(lambda: 1)', "adds /v1/in without"),
        ('app.host("h", requires("site.read")(FastAPI()))', "without saying"),
        ("app.router.routes.reverse()", "takes away routes of NetPulse"),
        ('app.get("/x")(requires("site.raed")(lambda: 1))', "no permission 'site.raed'; did you mean 'site.read'"),
    ],
)
def test_a_route_that_declares_no_permission_is_not_served(tmp_path: Path, does: str, says: str) -> None:
    site = write_site(tmp_path / "site")
    head = "from fastapi import APIRouter, FastAPI\nfrom netpulse_core import hookimpl, requires\n\n@hookimpl\n"
    (site / "plugins" / "open.py").write_text(f"{head}def prepare_api(app):\n    {does}\n")
    with NetPulse.open(site) as netpulse, pytest.raises(PluginError) as refused:
        create_app(netpulse)
    assert says in str(refused.value)
    assert "plugins/open.py" in str(refused.value)


@pytest.mark.thorough
def test_a_router_of_marked_routes_is_served(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site")
    (site / "plugins" / "routed.py").write_text(ROUTED)
    with NetPulse.open(site) as netpulse, serving(netpulse) as (app, port):
        service = Service(netpulse, app, port)
        with service.http(Authorization="") as nobody:
            assert nobody.get("/team/owner").status_code == 401
        with holder(service, "vera", "viewer") as http:
            assert http.get("/team/owner").json() == "vera"
            assert http.get("/team/secret").json()["permission"] == "keys.write"


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
