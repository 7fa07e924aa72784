"""Every kind of object that REST serves, asked for by a key narrowed to another device: nothing of it is told."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import Any

import httpx
import pytest

from netpulse_core.api.permissions import NEEDS
from netpulse_core.client import Client
from netpulse_core.files import File
from netpulse_core.model.caller import Caller, Scope
from netpulse_core.model.run import RunRequest
from tests.api.service import Service
from tests.api.test_openapi import example, operations, prepare
from tests.api.test_permissions import ADMIN, ASK, LEAF1, holder

SPINE = Scope(target="spine1")
TELLTALES = ("leaf1", "leaf2", "role=leaf", "192.0.2.11", "192.0.2.12", "image.bin", "5d41402abc4b", "netops")
"""What stands in objects that `prepare` leaves behind, all of them of other devices or of none."""

OF_THE_SITE = {"/v1/runbooks", "/v1/runbooks/{runbook}", "/v1/drivers", "/v1/drivers/{driver}", "/v1/checks"}
"""What is nobody's: code of the site, whose sentences may use any word."""

ASKED = RunRequest(runbook="send_commands", target="leaf1", parameters={"commands": ["show version"]})


def reads(document: Any) -> list[tuple[str, Any]]:
    return [(path, operation) for method, path, operation in operations(document) if method == "get"]


@pytest.mark.thorough
def test_no_object_of_another_device_is_told_of(fresh: Service) -> None:
    run = prepare(fresh)
    told, asked = set(), set()
    with fresh.http() as admin, holder(fresh, "nora", "admin", SPINE) as nora:
        document = admin.get("/openapi.json").json()
        for path, operation in reads(document):
            if not path.startswith("/v1/"):
                continue
            request = example(document, path, operation)
            asked.add(path)
            if path.endswith("/events"):  # a stream, which ends only with its run
                assert nora.get(**request).status_code == 404
                continue
            if any(word in admin.get(**request).text for word in (*TELLTALES, run)):
                told.add(path)
            answer = nora.get(**request)
            if answer.is_success and path not in OF_THE_SITE:
                found = [word for word in (*TELLTALES, run) if word in answer.text]
                assert not found, f"{path} tells of {found}: {answer.text[:2000]}"
            elif not answer.is_success:
                # 409: a worker that is too busy to show its sessions in time
                assert answer.status_code in (403, 404, 409), f"{path}: {answer.status_code}"
                assert "netops" not in answer.text
    assert {f"GET {path.removeprefix('/v1')}" for path in asked} == {
        route.replace(":path}", "}") for route in NEEDS if route.startswith("GET ")
    }
    # the walk would see it: an administrator is told of them at each of these
    assert {
        "/v1/runs", "/v1/files", "/v1/devices", "/v1/hostkeys", "/v1/breakers", "/v1/brakes", "/v1/windows",
        "/v1/schedules", "/v1/configs", "/v1/configs/quarantine", "/v1/nodes/{node}/sessions", "/v1/keys", "/v1/audit",
        "/v1/hooks", "/v1/files/{file}", "/v1/runs/{run}/devices/{device}/explain", "/v1/windows/next",
    } <= told | {"/v1/files/{file}"}  # fmt: skip


def put(service: Service, name: str, content: bytes, by: str) -> str:
    digest = hashlib.sha256(content).hexdigest()
    with BytesIO(content) as body:
        service.netpulse.ledger.files.put(body, File(name=name, sha256=digest, size=len(content)), by)
    return digest


def names(http: httpx.Client) -> list[str]:
    return [one["name"] for one in http.get("/v1/files").json()["files"]]


@pytest.fixture
def kept(fresh: Service) -> dict[str, str]:
    """Files of several owners, by name with their hashes."""
    runs = {
        target: fresh.netpulse.submit(RunRequest(**{**ASKED_AS, "target": target}), ADMIN).run
        for target in ("leaf1", "spine1")
    }
    found = {
        "mine.bin": put(fresh, "mine.bin", b"mine", "nora"),
        "theirs.bin": put(fresh, "theirs.bin", b"theirs", "ada"),
        "images/ios.bin": put(fresh, "images/ios.bin", b"ios", "ada"),
    }
    for target, run in runs.items():
        name = f"{target}/log"
        content = target.encode()
        file = File(name=name, sha256=hashlib.sha256(content).hexdigest(), size=len(content))
        with BytesIO(content) as body:
            fresh.netpulse.ledger.files.keep_for(run, body, file, f"run:{run}")
        found[name] = file.sha256
    return found


ASKED_AS: dict[str, Any] = {"runbook": "send_commands", "parameters": {"commands": ["show version"]}}


def test_a_narrowed_key_has_its_own_files_and_those_of_runs_it_sees(fresh: Service, kept: dict[str, str]) -> None:
    with holder(fresh, "nora", "engineer", LEAF1) as http:
        assert names(http) == ["leaf1/log", "mine.bin"]
        for name in ("mine.bin", f"x@sha256:{kept['mine.bin']}"):
            assert http.get(f"/v1/files/{name}").status_code == 200, name
        for name in ("leaf1/log", f"sha256:{kept['leaf1/log']}"):  # there, and of a device
            refused = http.get(f"/v1/files/{name}")
            assert (refused.status_code, refused.json()["permission"]) == (403, "configs.reveal")
        unknown = http.get("/v1/files/no-such.bin")
        for name in ("theirs.bin", "spine1/log", "images/ios.bin"):
            for asked in (name, f"sha256:{kept[name]}", f"mine.bin@sha256:{kept[name]}"):
                refused = http.get(f"/v1/files/{asked}")
                assert refused.status_code == 404, asked
                assert refused.json()["detail"].replace(asked, "no-such.bin") == unknown.json()["detail"]
        assert http.get("/v1/files", params={"name": "theirs.bin"}).json()["files"] == []
        taken = http.put("/v1/files/theirs.bin", content=b"x")
        assert (taken.status_code, "ada" in taken.text) == (403, False)
    with holder(fresh, "olga", "engineer") as http:
        assert len(names(http)) == 5


def test_a_narrowed_key_reads_the_files_its_scope_names(fresh: Service, kept: dict[str, str]) -> None:
    with Client(fresh.url, fresh.key) as root:
        made = root.keys.create("otto", "engineer", scope=Scope(target="leaf1", files=("images/*",)))
        assert made.made.scope.files == ("images/*",)
        with Client(fresh.url, made.key) as otto:
            assert [file.name for file in otto.files.list()] == ["images/ios.bin", "leaf1/log"]
    with holder(fresh, "eva", "engineer", Scope(files=("images/*",))) as http:
        assert names(http) == ["images/ios.bin", "leaf1/log", "spine1/log"]  # it sees every run, and so their files


def test_a_run_names_only_files_that_its_caller_has(fresh: Service, kept: dict[str, str]) -> None:
    with holder(fresh, "nora", "engineer", LEAF1) as http:

        def put_file(source: str) -> int:
            parameters = {"source": source, "path": "flash:/x"}
            return http.post(
                "/v1/runs", json={"runbook": "put_file", "target": "leaf1", "parameters": parameters}
            ).status_code

        assert put_file("mine.bin") == 202
        assert put_file("theirs.bin") == 404
        assert put_file(f"sha256:{kept['theirs.bin']}") == 404
        assert put_file(f"mine.bin@sha256:{kept['theirs.bin']}") == 404
        digest = hashlib.sha256(b"sent").hexdigest()
        assert put_file(f"sha256:{digest}") == 404
        assert http.put(f"/v1/files/sha256:{digest}", content=b"sent").status_code == 201
        assert put_file(f"x@sha256:{digest}") == 202


@pytest.mark.thorough
def test_whether_another_device_is_there_is_not_told(fresh: Service) -> None:
    with holder(fresh, "nora", "engineer", LEAF1) as http:
        for path in ("/v1/devices", "/v1/credentials", "/v1/windows/next", "/v1/compliance"):
            answers = [
                http.get(path, params={"target": target}).json() for target in ("leaf2", "leaf9", "role=nobody", "x=1")
            ]
            for answer in answers:
                assert all(found in ([], answer.get("at")) for found in answer.values()), answer
        refused = [http.post("/v1/runs", json=ASK | {"target": target}).json() for target in ("leaf2", "leaf9", "x=1")]
        assert {(one["status"], one["detail"], one["permission"]) for one in refused} == {
            (403, refused[0]["detail"], "scope.target")
        }
        assert http.get("/v1/devices", params={"target": "leaf1 &"}).status_code == 422


def test_a_freeze_and_a_window_are_told_as_far_as_they_reach(fresh: Service) -> None:
    netpulse = fresh.netpulse
    folder = netpulse.site.path / "schedules" / "windows"
    folder.mkdir(parents=True)
    for name, target in (("own", "leaf1"), ("wide", "role=leaf"), ("other", "spine1")):
        (folder / f"{name}.yaml").write_text(f"target: {target}\ntimezone: UTC\nwhen: {{days: mon-sun}}\n")
        netpulse.freezing.begin(Caller(name="ada", role="admin"), target, name)
    netpulse.freezing.begin(Caller(name="ada", role="admin"), None, "all")
    with holder(fresh, "nora", "engineer", Scope(target="leaf1 | leaf3*")) as http:
        windows = {one["name"]: one["target"] for one in http.get("/v1/windows").json()["windows"]}
        assert windows == {"own": "leaf1", "wide": "leaf1 | leaf3*"}
        assert http.get("/v1/windows/other").status_code == 404
        freezes = {one["reason"]: one["target"] for one in http.get("/v1/freezes").json()["freezes"]}
        assert freezes == {"own": "leaf1", "wide": "leaf1 | leaf3*", "all": None}
        shown = http.get("/v1/nodes/hand/sessions").json()
        assert (shown["total"], shown["counters"], len(shown["sessions"])) == (1, {}, 1)


def test_a_schedule_and_a_capture_that_are_hidden_are_missing_in_the_words_of_any_other(fresh: Service) -> None:
    prepare(fresh)
    with holder(fresh, "nora", "admin", SPINE) as http:

        def refused(method: str, path: str, name: str, body: Any = None) -> tuple[int, str]:
            answer = http.request(method, path.format(name=name), json=body)
            return answer.status_code, answer.text.replace(name, "NAME")

        for hidden, near, method, path in (
            ("uplinks", "uplinkz", "GET", "/v1/schedules/{name}"),
            ("uplinks", "uplinkz", "GET", "/v1/schedules/{name}/next"),
            ("uplinks", "uplinkz", "GET", "/v1/schedules/{name}/fires"),
            ("uplinks", "uplinkz", "POST", "/v1/schedules/{name}/run"),
            ("5d41402abc4b", "5d41402abc4c", "GET", "/v1/configs/quarantine/{name}"),
            ("5d41402abc4b", "5d41402abc4c", "POST", "/v1/configs/quarantine/{name}/accept"),
        ):
            body = {"reason": "it is right"} if path.endswith("accept") else None
            status, words = refused(method, path, near, body)
            assert (status, words) == refused(method, path, hidden, body), path
            assert status == 404
            assert not any(word in words for word in (*TELLTALES, "uplinks", "nightly")), words
    with holder(fresh, "olga", "admin", Scope(target="role=leaf")) as http:
        assert http.get("/v1/schedules/uplinks").status_code == 200
        assert http.get("/v1/configs/quarantine/5d41402abc4b").status_code == 200
        assert "did you mean 'uplinks'?" in http.get("/v1/schedules/uplinkz").text
        assert "did you mean '5d41402abc4b'?" in http.get("/v1/configs/quarantine/5d41402abc4c").text
