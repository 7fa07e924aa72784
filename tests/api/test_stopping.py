"""Stopping, asking once more, and being told to come back later, over REST."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
import pytest

from netpulse_core.controller import NetPulse
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.outcome import Outcome
from tests.api.service import Service, service, serving, write_site
from tests.api.test_runs import ASK, submit


def test_a_run_is_asked_for_once_more_where_it_failed(fresh: Service) -> None:
    with fresh.http() as http:
        run = submit(http, target="*", priority=8)
        one, *others = fresh.hand.claim()
        fresh.hand.conclude([one])
        fresh.hand.conclude(others, Outcome.UNREACHABLE)
        path, key = f"/v1/runs/{run}/rerun", {"Idempotency-Key": "again"}
        first, again = (http.post(path, headers=key) for _ in range(2))
        assert (first.status_code, first.json()["devices"], first.json()["created"]) == (202, 2, True)
        assert again.json() == {**first.json(), "created": False}
        shown = http.get(first.headers["Location"]).json()
        assert (shown["repeats"], shown["priority"], shown["target"]) == (run, 8, '"leaf2","spine1"')
        assert http.post(path, headers=key, json={"devices": ["leaf1"]}).status_code == 422
        refused = http.post(path, json={"outcomes": ["rejected"]})
        assert (refused.status_code, refused.json()["detail"]) == (403, f"no device of run {run} ended with rejected")
        assert http.post(path, json={"outcomes": ["fine"]}).status_code == 422
        named = http.post(path, json={"outcomes": ["ok"], "priority": 1, "deadline": 60.0}).json()
        assert http.get(f"/v1/runs/{named['run']}").json()["priority"] == 1


def test_freezes_are_made_listed_and_thawed(fresh: Service) -> None:
    change = {"runbook": "set_banner", "target": "*", "parameters": {"text": "x"}}
    with fresh.http() as http:
        made = http.post(
            "/v1/freezes", json={"target": "leaf1", "reason": "move", "until": "2099-01-31T06:00:00+01:00"}
        )
        assert (made.status_code, made.json()["until_at"]) == (201, "2099-01-31T05:00:00Z")
        assert "1 of 3 devices wait: frozen by ada until " in http.post("/v1/runs", json=change).json()["notes"][0]
        assert [one["id"] for one in http.get("/v1/freezes").json()["freezes"]] == [made.json()["id"]]
        path = f"/v1/freezes/{made.json()['id']}/thaw"
        assert http.post(path).json()["thawed_by"] == "ada"
        assert http.post(path).status_code == 409
        assert http.get("/v1/freezes").json() == {"freezes": []}
        assert len(http.get("/v1/freezes", params={"ended": True}).json()["freezes"]) == 1
        assert http.post("/v1/freezes", json={"reason": "x", "until": "2099-01-31T06:00:00"}).status_code == 422
        assert http.post("/v1/freezes/nosuch/thaw").status_code == 404


@pytest.mark.thorough
def test_a_full_queue_is_429_and_says_when_to_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETPULSE_MAX_JOBS", "3")
    with service(tmp_path / "site") as capped, capped.http() as http:
        submit(http)
        full = http.post("/v1/runs", json=ASK)
        assert full.status_code == 429
        assert int(full.headers["Retry-After"]) >= 1
        assert (full.json()["type"], full.json()["retry_after"]) == ("urn:netpulse:error:QueueFull", 15.0)
        assert full.json()["detail"] == (
            "2 jobs have not finished, this run asks for 2 more, and 3 are allowed (max_jobs)"
        )
        assert len(capped.netpulse.runs()) == 1


@pytest.mark.thorough
@pytest.mark.servers("postgresql", "redis-server")
def test_duplicates_sent_to_two_services_over_one_ledger_are_one_run(
    tmp_path: Path, postgres_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"LEDGER": postgres_url, "BROKER": redis_url, "SECRET_KEY": "shared", "ALLOW_CLEAR_SECRETS": "true"}
    for name, value in told.items():
        monkeypatch.setenv(f"NETPULSE_{name}", value)
    with closing(Ledger(postgres_url)) as ledger:
        ledger.upgrade()
    site = write_site(tmp_path / "site")
    with ExitStack() as stack:
        opened = [stack.enter_context(NetPulse.open(site)) for _ in range(2)]
        ports = [stack.enter_context(serving(netpulse))[1] for netpulse in opened]
        key = opened[0].ledger.keys.create("ada", "admin", by="test").key
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "once"}

        def ask(number: int) -> httpx.Response:
            body = ASK if number % 8 else {**ASK, "target": "spine1"}
            url = f"http://127.0.0.1:{ports[number % 2]}/v1/runs"
            return httpx.post(url, json=body, headers=headers, timeout=30)

        first = ask(1)
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(ask, range(48)))
        assert first.status_code == 202
        assert {answer.json()["run"] for answer in answers if answer.status_code == 202} == {first.json()["run"]}
        assert [answer.status_code for answer in answers] == [202 if number % 8 else 422 for number in range(48)]
        headers["Idempotency-Key"] = "at the same instant"
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(ask, [number for number in range(64) if number % 8]))
        assert {answer.status_code for answer in answers} == {202}
        assert sum(answer.json()["created"] for answer in answers) == 1
        assert len(opened[0].runs()) == 2
