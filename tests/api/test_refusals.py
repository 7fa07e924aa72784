"""Every refusal is a problem that names what is wrong, and tells nothing it should not."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from netpulse_core.errors import PluginError, Refused, ServiceError, SiteError
from tests.api.service import Service

GOOD = {"runbook": "send_commands", "target": "role=leaf", "parameters": {"commands": ["show version"]}}


def problem(answer: httpx.Response, status: int, name: str) -> dict[str, Any]:
    """Return the body of a problem, which has the one shape."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    said: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "hint"} <= set(said)
    assert said["status"] == status
    assert said["type"] == f"urn:netpulse:error:{name}"
    return said


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"runbok": "send_commands", "target": "all"}, "unknown field 'runbok'; did you mean 'runbook'?"),
        ({**GOOD, "idempotency_key": "x"}, "unknown field 'idempotency_key'"),
        ({"target": "all"}, "field 'runbook' is required"),
        ({**GOOD, "priority": 10}, "field 'priority': input should be less than or equal to 9"),
        ({**GOOD, "priority": True}, "field 'priority': input should be a valid integer"),
        (
            {**GOOD, "deadline": 0},
            "deadline 0: it is how long anything may wait to begin, more than 0 and at most 2592000",
        ),
        (
            {**GOOD, "parameters": {"kommands": ["x"]}},
            "unknown parameter 'kommands'; did you mean 'commands'?",
        ),
        ({**GOOD, "parameters": {"commands": ["x\0"]}}, "NUL"),
        ({**GOOD, "target": "\ud800"}, "surrogate"),
        ({**GOOD, "target": "role="}, "expected a value at the end"),
        ([], "the body must be a JSON object"),
        (None, "the body must be a JSON object"),
    ],
)
def test_a_body_that_does_not_fit_is_refused_by_name(http: httpx.Client, body: Any, words: str) -> None:
    sent = json.dumps(body).encode() if body is not None else b""
    answer = http.post("/v1/runs", content=sent, headers={"Content-Type": "application/json"})
    assert words in "; ".join(problem(answer, 422, "InvalidParameters")["problems"])


@pytest.mark.parametrize(
    "body", [b"{", b"\xff\xfe\x00", b'{"target": NaN}', b"[" * 100_000, b'{"parameters": {"a": 1e999}}']
)
def test_a_body_that_is_not_json_is_said_to_be_none(http: httpx.Client, body: bytes) -> None:
    answer = http.post("/v1/runs", content=body, headers={"Content-Type": "application/json"})
    problem(answer, answer.status_code, "InvalidParameters")
    assert answer.status_code in (400, 422)


def test_a_body_of_another_kind_is_refused(http: httpx.Client) -> None:
    answer = http.post("/v1/runs", data={"runbook": "send_commands"})
    assert "Content-Type" in problem(answer, 422, "InvalidParameters")["detail"]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ('{"runbook": "send_commands", "target": "leaf1", "target": "leaf2"}', "target"),
        (
            '{"runbook": "send_commands", "target": "leaf1", "parameters": {"commands": ["a"], "commands": ["b"]}}',
            "commands",
        ),
        ('{"runbook": "x", "target": "leaf1", "parameters": {"a": [{"\\u0062": 1, "b": 2}]}}', "b"),
    ],
)
def test_a_key_that_stands_twice_is_refused_by_name(http: httpx.Client, body: str, name: str) -> None:
    answer = http.post("/v1/runs", content=body, headers={"Content-Type": "application/json"})
    said = problem(answer, 422, "InvalidParameters")
    assert said["problems"] == [f"the body has the key {name!r} twice, and only the last would count"]


def test_one_key_in_two_objects_is_no_key_twice(http: httpx.Client) -> None:
    answer = http.post("/v1/runs", json={**GOOD, "parameters": {"runbook": "x", "commands": ["show version"]}})
    (said,) = problem(answer, 422, "InvalidParameters")["problems"]
    assert said.startswith("unknown parameter 'runbook'")


@pytest.mark.parametrize("chunked", [True, False])
def test_a_body_that_is_too_large_is_refused_while_it_is_read(http: httpx.Client, chunked: bool) -> None:
    body = b'{"target": "' + b"x" * 2**20 + b'"}'
    content = iter([body[:1000], body[1000:]]) if chunked else body
    answer = http.post("/v1/runs", content=content, headers={"Content-Type": "application/json"})
    problem(answer, 413, "InvalidParameters")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/v1/runs?devise=leaf1", "unknown query parameter 'devise'; did you mean 'device'?"),
        ("/v1/runs?device=leaf1&device=leaf2", "'device' is given twice"),
        ("/v1/runs?limit=0", "query parameter 'limit'"),
        ("/v1/runs?verdict=fine", "query parameter 'verdict': input should be 'success'"),
        ("/v1/runs/gone/devices?outcome=fine", "query parameter 'outcome'"),
        ("/v1/runs/%00", "path parameter 'run'"),
        ("/v1/runs?device=%00", "query parameter 'device'"),
        ("/v1/runs/gone/events?after=-1", "query parameter 'after'"),
        ("/v1/nodes?x=1", "unknown query parameter 'x'"),
    ],
)
def test_a_question_the_route_does_not_know_is_refused(http: httpx.Client, path: str, words: str) -> None:
    assert words in problem(http.get(path), 422, "InvalidParameters")["detail"]


def test_an_action_takes_no_question_that_would_go_unheard(http: httpx.Client) -> None:
    assert (
        "unknown query parameter"
        in problem(http.post("/v1/runs/last/cancel?device=leaf1"), 422, "InvalidParameters")["detail"]
    )


def test_what_is_not_there_is_named_with_the_closest(http: httpx.Client) -> None:
    assert "did you mean 'leaf1'?" in problem(http.get("/v1/devices/lea1"), 404, "NotFound")["detail"]
    said = problem(http.get("/v1/runbooks/send_comands"), 404, "NotFound")
    assert said["kind"] == "runbook"
    assert "send_commands" in said["known"]
    assert "'/v1/runs'" in problem(http.get("/v1/run"), 404, "NotFound")["detail"]
    problem(http.get("/v1/runs/"), 404, "NotFound")
    problem(http.get("/v1/schedules/nope"), 404, "NotFound")
    problem(http.post("/v1/runs", json={**GOOD, "runbook": "nope"}), 404, "NotFound")


def test_a_method_that_is_not_for_the_path_names_those_that_are(http: httpx.Client) -> None:
    answer = http.put("/v1/runs")
    assert problem(answer, 405, "Refused")["hint"] == "allowed: GET, POST"
    assert answer.headers["Allow"] == "GET, POST"
    answer = http.put("/v1/devices/ams/leaf1")
    assert problem(answer, 405, "Refused")["hint"] == "allowed: GET"
    assert answer.headers["Allow"] == "GET"


def test_no_device_is_a_refusal(http: httpx.Client) -> None:
    problem(http.post("/v1/runs", json={**GOOD, "target": "role=spine & role=leaf"}), 403, "Refused")


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (ServiceError("the ledger is not available", retry_after=7.4), 503),
        (SiteError("is no list", path="hosts.yaml", line=3, key="leaf1"), 500),
        (PluginError("it fell over", plugin="banner"), 500),
        (Refused("no device is named '\ud800'"), 403),
    ],
)
def test_our_own_errors_keep_their_words(
    shared: Service, http: httpx.Client, monkeypatch: pytest.MonkeyPatch, raised: Exception, status: int
) -> None:
    def fail(*args: object) -> None:
        raise raised

    monkeypatch.setattr(shared.netpulse, "nodes", fail)
    answer = http.get("/v1/nodes")
    assert problem(answer, status, type(raised).__name__)["detail"] == str(raised)
    assert answer.headers.get("Retry-After") == ("7" if status == 503 else None)


def test_an_unexpected_error_keeps_its_words_to_itself(
    shared: Service, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("hushhush")

    monkeypatch.setattr(shared.netpulse, "nodes", fail)
    answer = http.get("/v1/nodes")
    problem(answer, 500, "NetPulseError")
    assert "hushhush" not in answer.text
