"""Every route by every role, and every object by callers of every scope: nothing is open that nobody opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from netpulse_core.api.app import create_app
from netpulse_core.api.permissions import BY_SIGNATURE, NEEDS
from netpulse_core.model.caller import NOT_NARROWED, Caller, Scope
from netpulse_core.model.roles import BUILT_IN, MEANING, NEVER_NARROWED, Permission
from netpulse_core.model.run import RunRequest
from netpulse_core.model.schedule import Due, FireState, Schedule
from tests.api.service import Service, controller
from tests.api.test_openapi import example, operations, prepare

LEAF1 = Scope(target="leaf1")
ADMIN = Caller(name="root", role="admin")
OPEN_TO_ALL = {"/healthz", "/readyz"}
SIGNED = {route.replace(" ", " /v1", 1) for route in BY_SIGNATURE}
ASK = {"runbook": "send_commands", "parameters": {"commands": ["show version"]}}


@contextmanager
def holder(service: Service, name: str, role: str, scope: Scope = NOT_NARROWED) -> Iterator[httpx.Client]:
    """A client with a key of its own."""
    key = service.netpulse.ledger.keys.create(name, role, by="test", scope=scope).key
    with service.http(Authorization=f"Bearer {key}") as http:
        yield http


def needs() -> dict[str, Permission]:
    """What each operation of the document needs."""
    return {route.replace(" ", " /v1", 1).replace(":path}", "}"): need for route, need in NEEDS.items()}


@pytest.mark.thorough
def test_every_route_names_its_permission_and_no_other_does(tmp_path: Path) -> None:
    with controller(tmp_path / "site") as netpulse:
        document = create_app(netpulse).openapi()
    asked = {f"{method.upper()} {path}" for method, path, _ in operations(document) if path not in OPEN_TO_ALL}
    assert asked == set(needs()) | SIGNED
    assert not set(needs()) & SIGNED


def test_a_route_that_names_none_is_open_to_nobody(fresh: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netpulse_core.api.permissions.NEEDS", {})
    with fresh.http() as http:
        answer = http.get("/v1/nodes")
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:netpulse:error:NotPermitted")


@pytest.mark.thorough
def test_every_route_by_every_role(fresh: Service) -> None:
    prepare(fresh)
    with fresh.http() as http:
        document = http.get("/openapi.json").json()
    walked = 0
    for role in BUILT_IN.values():
        with holder(fresh, "walker", role.name) as http:
            for method, path, operation in operations(document):
                if path in OPEN_TO_ALL:
                    continue
                if f"{method.upper()} {path}" in SIGNED:  # no key opens it, whoever holds it
                    assert http.request(method, **example(document, path, operation)).status_code == 401
                    continue
                need = needs()[f"{method.upper()} {path}"]
                with http.stream(method, **example(document, path, operation)) as answer:
                    refused = answer.status_code == 403
                    said = answer.json().get("permission") if refused and answer.read() else None
                if need not in role.permissions:
                    assert said == need, (role.name, path)
                else:  # what may become of it is not asked here, but for whose run it is, and what: that is below
                    assert said in (None, "runs.cancel.others"), (role.name, path)
                walked += 1
    assert walked == len(BUILT_IN) * len(NEEDS)


def test_what_roles_may_is_what_was_decided() -> None:
    assert BUILT_IN["admin"].permissions == set(Permission)
    assert BUILT_IN["viewer"].permissions == {Permission.SITE_READ, Permission.RUNS_READ, Permission.CONFIGS_READ}
    runs = {name for name, role in BUILT_IN.items() if Permission.READS_RUN in role.permissions}
    changes = {name for name, role in BUILT_IN.items() if Permission.CHANGES_RUN in role.permissions}
    keys = {name for name, role in BUILT_IN.items() if Permission.KEYS_WRITE in role.permissions}
    approves = {name for name, role in BUILT_IN.items() if Permission.HOST_KEYS_WRITE in role.permissions}
    reveals = {name for name, role in BUILT_IN.items() if Permission.CONFIGS_REVEAL in role.permissions}
    assert reveals == {"approver", "admin"}
    assert (runs, changes) == ({"operator", "engineer", "admin"}, {"engineer", "admin"})
    assert (keys, approves) == ({"admin"}, {"approver", "admin"})


def test_a_refusal_is_audited(fresh: Service) -> None:
    with holder(fresh, "vera", "viewer") as http:
        assert http.post("/v1/runs", json=ASK | {"target": "leaf1"}).status_code == 403
    last = fresh.netpulse.ledger.audit.page(limit=1)[0]
    assert (last.actor, last.action, last.object) == ("vera", "access.refused", "POST /v1/runs")
    assert last.body["permission"] == "reads.run"


def test_a_refusal_keeps_500_characters_of_what_was_asked_for(fresh: Service) -> None:
    with holder(fresh, "vera", "viewer") as http:
        assert http.delete("/v1/files/" + "a" * 20_000).status_code == 403
    (last,) = fresh.netpulse.ledger.audit.page(limit=1)
    assert last.action == "access.refused"
    assert last.object == ("DELETE /v1/files/" + "a" * 500)[:500]


def test_who_only_reads_changes_nothing(fresh: Service) -> None:
    change = {"runbook": "set_banner", "target": "leaf1", "parameters": {"text": "hello"}}
    with holder(fresh, "otto", "operator") as http:
        refused = http.post("/v1/runs", json=change)
        assert (refused.status_code, refused.json()["permission"]) == (403, "changes.run")
        assert http.post("/v1/runs", json=ASK | {"target": "leaf1"}).status_code == 202
    assert [run.runbook for run in fresh.netpulse.runs()] == ["send_commands"]
    with holder(fresh, "erna", "engineer") as http:
        assert http.post("/v1/runs", json=change).status_code == 202


def test_a_device_in_doubt_is_read_by_who_may_resolve_it(fresh: Service) -> None:
    body = ASK | {"target": "leaf1", "diagnose": True}
    with holder(fresh, "otto", "operator") as http:
        refused = http.post("/v1/runs", json=body)
        assert (refused.status_code, refused.json()["permission"]) == (403, "reads.diagnose")
    with holder(fresh, "erna", "engineer") as http:
        undoubted = http.post("/v1/runs", json=body)
        assert (undoubted.status_code, undoubted.json()["type"]) == (403, "urn:netpulse:error:Refused")


def test_a_role_that_is_gone_may_nothing(fresh: Service) -> None:
    with holder(fresh, "ghost", "former") as http:
        for path in ("/v1/nodes", "/v1/runs", "/v1/keys"):
            refused = http.get(path)
            assert refused.status_code == 403
            assert "no role 'former'" in refused.json()["detail"]


def test_runs_of_others_are_cancelled_by_those_who_may(fresh: Service) -> None:
    with holder(fresh, "otto", "operator") as otto, holder(fresh, "olga", "operator") as olga:
        run = otto.post("/v1/runs", json=ASK | {"target": "leaf1"}).json()["run"]
        refused = olga.post(f"/v1/runs/{run}/cancel")
        assert (refused.status_code, refused.json()["permission"]) == (403, "runs.cancel.others")
        assert otto.post(f"/v1/runs/{run}/cancel").status_code == 200
        another = otto.post("/v1/runs", json=ASK | {"target": "leaf1"}).json()["run"]
        with holder(fresh, "vera", "viewer") as vera:
            assert vera.post(f"/v1/runs/{another}/cancel").json()["permission"] == "runs.cancel.others"
        with holder(fresh, "erna", "engineer") as erna:
            assert erna.post(f"/v1/runs/{another}/cancel").status_code == 200


def test_a_narrowed_key_runs_only_within_its_scope(fresh: Service) -> None:
    scope = Scope(target="role=leaf", runbooks=("send_*",), most_devices=1)
    with holder(fresh, "nora", "engineer", scope) as http:

        def ask(**said: object) -> tuple[int, str | None]:
            answer = http.post("/v1/runs", json=ASK | said)
            return answer.status_code, answer.json().get("permission")

        assert ask(target="leaf1")[0] == 202
        assert ask(target="spine1") == (403, "scope.target")
        assert ask(target="leaf1, spine1") == (403, "scope.target")
        assert ask(target="*") == (403, "scope.target")
        assert ask(target="role=leaf") == (403, "scope.most_devices")
        assert ask(target="leaf1", runbook="set_banner", parameters={"text": "x"}) == (403, "scope.runbooks")
        assert ask(target="leaf1", runbook="probe", parameters={}) == (403, "scope.runbooks")
    assert len(fresh.netpulse.runs()) == 1


def test_a_target_that_means_nothing_any_more_shows_nothing(fresh: Service) -> None:
    with holder(fresh, "nora", "admin", Scope(target="rack=99")) as http:
        assert http.get("/v1/devices").json() == {"devices": []}
        assert http.post("/v1/runs", json=ASK | {"target": "leaf1"}).status_code == 403


def run_paths(run: str) -> list[tuple[str, str]]:
    of_run = ["", "/devices", "/devices/leaf2", "/outputs", "/groups", "/events"]
    resolve = f"/v1/runs/{run}/devices/leaf2/resolve"
    return [("GET", f"/v1/runs/{run}{path}") for path in of_run] + [
        ("POST", f"/v1/runs/{run}/cancel"),
        ("POST", resolve),
    ]


def test_the_runs_of_others_are_there_where_their_devices_are(fresh: Service) -> None:
    def submitted(target: str, name: str) -> str:
        request = RunRequest(runbook="send_commands", target=target, parameters=ASK["parameters"])  # type: ignore[arg-type]
        return fresh.netpulse.submit(request, Caller(name=name, role="admin")).run

    mine, within, beyond = submitted("leaf1, leaf2", "nora"), submitted("leaf1", "ada"), submitted("role=leaf", "ada")
    with holder(fresh, "nora", "admin", LEAF1) as http:
        assert [run["id"] for run in http.get("/v1/runs").json()["runs"]] == [within, mine]
        assert http.get("/v1/runs/last").json()["id"] == within
        for run in (mine, within):
            assert http.get(f"/v1/runs/{run}").status_code == 200
        body = {"outcome": "ok", "reason": "looked"}
        for method, path in run_paths(beyond):
            answer = http.request(method, path, json=body if path.endswith("resolve") else None)
            assert answer.status_code == 404, path
            assert answer.json()["detail"] == http.get("/v1/runs/nope").json()["detail"].replace("nope", beyond)
    with holder(fresh, "vera", "viewer") as http:
        assert len(http.get("/v1/runs").json()["runs"]) == 3


def test_no_other_device_exists_for_a_narrowed_key(fresh: Service) -> None:
    prepare(fresh)
    with holder(fresh, "nora", "admin", Scope(target="spine1")) as http:
        assert [device["name"] for device in http.get("/v1/devices").json()["devices"]] == ["spine1"]
        for path in (
            "/v1/devices?target=role=leaf",
            "/v1/hostkeys",
            "/v1/breakers",
            "/v1/brakes",
            "/v1/credentials",
            "/v1/schedules",
        ):
            (found,) = http.get(path).json().values()
            assert found == [], path
        shown = http.get("/v1/nodes/hand/sessions").json()
        assert (shown["sessions"], shown["moves"]) == ([], [])
        known = http.get("/v1/devices/leaf1").json()
        assert (known["status"], known["known"]) == (404, ["spine1"])
        for method, path, body in (
            ("GET", "/v1/hostkeys?device=leaf1", None),
            ("POST", "/v1/hostkeys/leaf1/approve", {"fingerprint": "SHA256:x"}),
            ("POST", "/v1/hostkeys/leaf1/forget", None),
            ("POST", "/v1/breakers/leaf1/close", None),
            ("POST", "/v1/templates/render", {"template": "ntp.j2", "device": "leaf1"}),
            ("GET", "/v1/schedules/nightly-version", None),
        ):
            assert http.request(method, path, json=body).status_code == 404, path


@pytest.mark.thorough
def test_a_narrowed_key_has_nothing_that_concerns_the_whole_site(fresh: Service) -> None:
    with fresh.http() as http:
        document = http.get("/openapi.json").json()
    with holder(fresh, "nora", "admin", LEAF1) as http:
        for method, path, operation in operations(document):
            if needs().get(f"{method.upper()} {path}") in NEVER_NARROWED:
                assert http.request(method, **example(document, path, operation)).status_code == 403, path


def test_a_narrowed_key_does_not_replace_what_others_keep(fresh: Service) -> None:
    with fresh.http() as http:
        assert http.put("/v1/files/image.bin", content=b"theirs").status_code == 201
    with holder(fresh, "nora", "engineer", LEAF1) as http:
        assert http.put("/v1/files/image.bin", content=b"another").status_code == 403
        assert http.delete("/v1/files/image.bin").status_code == 403
        assert http.put("/v1/files/mine.bin", content=b"mine").status_code == 201
        assert http.put("/v1/files/mine.bin", content=b"newer").status_code == 201
        assert http.delete("/v1/files/mine.bin").status_code == 200


def test_the_table_of_the_docs_is_what_the_roles_are() -> None:
    said = Path(__file__).parents[2].joinpath("docs", "access.md").read_text()
    for permission in Permission:
        given = " | ".join("yes" if permission in role.permissions else "" for role in BUILT_IN.values())
        assert f"| `{permission}` | {given} | {MEANING[permission]} |" in said


def test_a_schedule_runs_in_its_role(fresh: Service) -> None:
    changes = RunRequest(runbook="set_banner", target="leaf1", parameters={"text": "x"})
    schedules = [
        Schedule(name="reads", request=changes, every=60, role="operator"),
        Schedule(name="changes", request=changes, every=60),
    ]
    known = {status.name: status for status in fresh.netpulse.ledger.schedules.know(schedules)}
    dues = [Due(schedule=each, digest=known[each.name].digest, due_at=1.0) for each in schedules]
    fires = [fresh.netpulse.firing.fire(due) for due in dues]
    assert [fire and fire.state for fire in fires] == [FireState.REFUSED, FireState.FIRED]
    assert "changes.run" in fresh.netpulse.ledger.schedules.one("reads").problem
    assert fresh.netpulse.get("last").caller == "schedule:changes"
