"""What was asked for is shown with marks in the place of its secrets, kept sealed, and sent again as it was given."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import httpx
import pytest

from netpulse_core.model.caller import Caller
from netpulse_core.model.run import RunRequest
from tests.api.service import Service
from tests.api.test_permissions import holder

SECRET = "hunter2hunter2"
LINES = [f"enable secret 0 {SECRET}", "hostname leaf1"]
ASKED: dict[str, Any] = {"runbook": "send_config", "target": "leaf1", "parameters": {"lines": LINES}}
MARKED = "enable secret 0 ********-"


def shown(http: httpx.Client, path: str) -> Any:
    answer = http.get(path)
    assert answer.status_code == 200
    return answer.json()


def rows(service: Service) -> str:
    """All that stands in the tables of the ledger."""
    path = service.netpulse.settings.ledger_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return "\n".join(connection.iterdump())


@pytest.mark.parametrize("role", ["viewer", "operator", "engineer", "admin"])
def test_a_secret_in_a_line_is_shown_to_nobody(fresh: Service, role: str) -> None:
    run = fresh.netpulse.submit(RunRequest(**ASKED), Caller(name="ada", role="engineer")).run
    with holder(fresh, "vera", role) as http:
        for said in (shown(http, f"/v1/runs/{run}"), shown(http, "/v1/runs")["runs"][0]):
            first, second = said["parameters"]["lines"]
            assert first.startswith(MARKED)
            assert second == LINES[1]
            assert SECRET not in str(said)


def test_neither_is_it_in_the_ledger_and_yet_the_worker_has_it(fresh: Service) -> None:
    run = fresh.netpulse.submit(RunRequest(**ASKED), Caller(name="ada", role="engineer")).run
    with fresh.http() as http:
        body = {"name": "banner", "cron": "0 3 * * *", "role": "engineer", **ASKED}
        made = http.post("/v1/schedules", json=body)
        assert made.status_code == 201, made.text
    kept = rows(fresh)
    assert "hostname leaf1" in kept
    assert SECRET not in kept
    (claim,) = fresh.hand.claim()
    assert (claim.run, claim.parameters["lines"], claim.unopened) == (run, LINES, "")


def test_equal_secrets_have_equal_marks_and_others_have_others(fresh: Service) -> None:
    lines = [*LINES, f"username ada password {SECRET}", "username bob password other-secret"]
    with fresh.http() as http:
        run = http.post("/v1/runs", json={**ASKED, "parameters": {"lines": lines}}).json()["run"]
        said = shown(http, f"/v1/runs/{run}")["parameters"]["lines"]
    marks = [line.rpartition(" ")[2] for line in said]
    assert marks[0] == marks[2] != marks[3]


@pytest.mark.parametrize("role", ["viewer", "admin"])
def test_so_it_is_with_schedules(fresh: Service, role: str) -> None:
    with fresh.http() as http:
        body = {"name": "banner", "cron": "0 3 * * *", "role": "engineer", **ASKED}
        assert http.post("/v1/schedules", json=body).status_code == 201
    with holder(fresh, "vera", role) as http:
        for said in (shown(http, "/v1/schedules/banner"), shown(http, "/v1/schedules")["schedules"]):
            assert SECRET not in str(said)
            assert MARKED in str(said)


def test_a_schedule_asks_for_what_it_was_given(fresh: Service) -> None:
    with fresh.http() as http:
        body = {"name": "banner", "cron": "0 3 * * *", "role": "engineer", **ASKED}
        assert http.post("/v1/schedules", json=body).status_code == 201
        assert http.post("/v1/schedules/banner/run").status_code == 202
    (claim,) = fresh.hand.claim()
    assert claim.parameters["lines"] == LINES


def test_what_was_shown_is_not_taken_for_what_was_meant(fresh: Service) -> None:
    with fresh.http() as http:
        run = http.post("/v1/runs", json=ASKED).json()["run"]
        copied = shown(http, f"/v1/runs/{run}")["parameters"]
        body = {**ASKED, "parameters": copied}
        schedule = {"name": "banner", "cron": "0 3 * * *", "role": "engineer", **body}
        for path, said in (("/v1/runs", body), ("/v1/schedules", schedule)):
            refused = http.post(path, json=said)
            assert refused.status_code == 422
            assert "lines: a mask stands where a secret is meant" in refused.text


def test_a_run_is_asked_for_once_more_with_its_secrets(fresh: Service) -> None:
    with fresh.http() as http:
        run = http.post("/v1/runs", json=ASKED).json()["run"]
        (claim,) = fresh.hand.claim()
        fresh.hand.conclude([claim])
        again = http.post(f"/v1/runs/{run}/rerun", json={"outcomes": ["ok"]})
        assert again.status_code == 202, again.text
    (claim,) = fresh.hand.claim()
    assert (claim.run, claim.parameters["lines"]) == (again.json()["run"], LINES)


def test_a_key_knows_its_request_by_the_secret_in_it(fresh: Service) -> None:
    other = {**ASKED, "parameters": {"lines": [LINES[0] + "x", LINES[1]]}}
    with fresh.http() as http:
        first, same, another = (
            http.post("/v1/runs", json=body, headers={"Idempotency-Key": "k"}) for body in (ASKED, ASKED, other)
        )
    assert (first.status_code, same.status_code, another.status_code) == (202, 202, 422)
    assert first.json()["run"] == same.json()["run"]
    assert json.dumps(LINES[0]) not in rows(fresh)
