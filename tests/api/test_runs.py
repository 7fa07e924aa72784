"""Asking for runs, reading them, and stopping them."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import httpx
import pytest

from netpulse_core.api.limits import Streams
from netpulse_core.model.caller import Caller
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Job, RunRequest
from tests.api.service import ADA, Service

ASK = {"runbook": "send_commands", "target": "role=leaf", "parameters": {"commands": ["show version"]}}
FLOOD = 200


def submit(http: httpx.Client, **more: object) -> str:
    """Ask for a run and return its id."""
    run: str = http.post("/v1/runs", json={**ASK, **more}).json()["run"]
    return run


def test_a_run_is_accepted_and_found_where_the_answer_says(shared: Service, http: httpx.Client) -> None:
    answer = http.post("/v1/runs", json={**ASK, "priority": 7, "deadline": 60})
    assert answer.status_code == 202
    assert answer.json() == {"run": answer.json()["run"], "devices": 2, "created": True, "notes": []}
    run = http.get(answer.headers["Location"]).json()
    assert (run["caller"], run["priority"], run["devices"], run["unfinished"]) == ("ada", 7, 2, 2)
    assert run["finished"] is False
    assert http.get("/v1/runs/last").json() == run


def test_a_repeated_key_gives_the_same_run_and_another_request_under_it_is_refused(http: httpx.Client) -> None:
    key = {"Idempotency-Key": "once"}
    first, again = (http.post("/v1/runs", json=ASK, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == {**first.json(), "created": False}
    other = http.post("/v1/runs", json={**ASK, "target": "leaf1"}, headers=key)
    assert other.status_code == 422
    assert first.json()["run"] in other.json()["detail"]


@pytest.mark.thorough
def test_a_flood_under_one_key_is_one_run(fresh: Service) -> None:
    async def flood() -> list[httpx.Response]:
        headers = {"Authorization": f"Bearer {fresh.key}", "Idempotency-Key": "flood"}
        limits = httpx.Limits(max_connections=FLOOD)
        async with httpx.AsyncClient(base_url=fresh.url, headers=headers, timeout=30, limits=limits) as http:
            return await asyncio.gather(*(http.post("/v1/runs", json=ASK) for _ in range(FLOOD)))

    answers = asyncio.run(flood())
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["run"] for answer in answers}) == 1
    assert sum(answer.json()["created"] for answer in answers) == 1
    assert len(fresh.netpulse.runs()) == 1


@pytest.mark.thorough
def test_pages_hold_each_run_once_newest_first(fresh: Service) -> None:
    with fresh.http() as http:
        made = [submit(http) for _ in range(7)]
        seen: list[str] = []
        params: dict[str, str | int] = {"limit": 3}
        while True:
            page = http.get("/v1/runs", params=params).json()
            seen += [run["id"] for run in page["runs"]]
            if page["next"] is None:
                break
            params["before"] = page["next"]
        assert seen == made[::-1]
        assert http.get("/v1/runs", params={"limit": 7}).json()["next"] is None


def test_filters_select(fresh: Service) -> None:
    with fresh.http() as http:
        leaf, spine = submit(http, target="leaf1"), submit(http, target="spine1")
        fresh.hand.conclude([claim for claim in fresh.hand.claim() if claim.run == leaf])

        def found(**params: str) -> list[str]:
            return [run["id"] for run in http.get("/v1/runs", params=params).json()["runs"]]

        assert found(device="leaf1") == [leaf]
        assert found(finished="false") == [spine]
        assert found(verdict="success") == [leaf]
        assert found(runbook="send_commands", caller="ada") == [spine, leaf]
        assert found(schedule="nightly") == found(caller="eve") == []


def test_what_became_of_each_device(fresh: Service) -> None:
    with fresh.http() as http:
        run = submit(http, target="*")
        waiting = http.get(f"/v1/runs/{run}/devices").json()["devices"]
        assert [job["device"] for job in waiting] == ["leaf1", "leaf2", "spine1"]
        assert all(job["waiting_for"] for job in waiting)
        one, two, three = fresh.hand.claim()
        fresh.hand.conclude([one, two])
        fresh.hand.conclude([three], Outcome.UNREACHABLE, body="")
        shown = http.get(f"/v1/runs/{run}").json()
        assert (shown["verdict"], shown["counts"]) == ("mixed", {"ok": 2, "unreachable": 1})
        assert shown["finished_at"].endswith("Z")
        lost = http.get(f"/v1/runs/{run}/devices", params={"outcome": "unreachable"}).json()["devices"]
        assert [job["device"] for job in lost] == [three.device]
        assert lost[0]["problem"] == {"kind": "Unreachable", "message": "no route", "hint": "look"}
        page = http.get(f"/v1/runs/{run}/devices", params={"limit": 2}).json()
        rest = http.get(f"/v1/runs/{run}/devices", params={"after": page["next"]}).json()
        assert [job["device"] for job in page["devices"] + rest["devices"]] == ["leaf1", "leaf2", "spine1"]
        assert rest["next"] is None


def test_outputs_by_device_and_by_what_they_say(fresh: Service) -> None:
    with fresh.http() as http:
        run = submit(http, target="*")
        claims = {claim.device: claim for claim in fresh.hand.claim()}
        fresh.hand.conclude([claims["leaf1"], claims["leaf2"]])
        fresh.hand.conclude([claims["spine1"]], body="Version 9")
        groups = http.get(f"/v1/runs/{run}/groups").json()["groups"]
        assert [(group["devices"], group["body"]) for group in groups] == [
            (["leaf1", "leaf2"], "Version 15.2"),
            (["spine1"], "Version 9"),
        ]
        outputs = http.get(f"/v1/runs/{run}/outputs").json()["outputs"]
        assert {name: steps[0]["body"] for name, steps in outputs.items()}["spine1"] == "Version 9"
        assert list(http.get(f"/v1/runs/{run}/outputs", params={"device": "leaf1"}).json()["outputs"]) == ["leaf1"]
        job = http.get(f"/v1/runs/{run}/devices/leaf1").json()
        assert (job["outcome"], job["steps"][0]["label"], job["steps"][0]["elapsed"]) == ("ok", "show version", 0.25)
        assert http.get(f"/v1/runs/{run}/devices/leaf9").status_code == 404


def test_a_run_is_shown_once_it_has_finished_to_who_waits(fresh: Service) -> None:
    with fresh.http() as http:
        run = http.post("/v1/runs", json=ASK).json()["run"]
        assert http.get(f"/v1/runs/{run}", params={"wait": 0.2}).json()["verdict"] is None
        threading.Timer(0.5, lambda: fresh.hand.conclude(fresh.hand.claim())).start()
        began = time.monotonic()
        assert http.get(f"/v1/runs/{run}", params={"wait": 30}).json()["verdict"] == "success"
        assert time.monotonic() - began < 25, "it was told when the time was over, and not when the run was"
        assert http.get(f"/v1/runs/{run}", params={"wait": 31}).status_code == 422


def test_one_who_waits_too_often_is_told_at_once(fresh: Service) -> None:
    with fresh.http() as http:
        run = http.post("/v1/runs", json=ASK).json()["run"]
        fresh.app.state.streams = Streams(0)
        began = time.monotonic()
        assert http.get(f"/v1/runs/{run}", params={"wait": 30}).json()["verdict"] is None
        assert time.monotonic() - began < 25


def test_cancel_what_waits_and_no_more_when_it_is_over(fresh: Service) -> None:
    with fresh.http() as http:
        run = submit(http)
        started = fresh.hand.claim(slots=1)
        done = http.post(f"/v1/runs/{run}/cancel").json()
        assert (done["run"], done["cancelled"], done["stopping"], done["refused"]) == (run, 1, ["leaf1"], {})
        fresh.hand.conclude(started)
        answer = http.post(f"/v1/runs/{run}/cancel")
        assert answer.status_code == 409
        assert answer.json()["type"] == "urn:netpulse:error:Conflict"


def test_resolve_says_what_a_person_found(fresh: Service) -> None:
    with fresh.http() as http:
        run = submit(http, target="leaf1")
        path = f"/v1/runs/{run}/devices/leaf1/resolve"
        found = {"outcome": "not_applied", "reason": "looked"}
        assert http.post(path, json=found).status_code == 409
        fresh.hand.doubt(fresh.hand.claim())
        assert http.get("/v1/runs/last").json()["verdict"] == "in_doubt"
        assert http.post(path, json={**found, "outcome": "in_doubt"}).status_code == 422
        assert http.post(path, json={**found, "reason": " "}).status_code == 422
        assert http.post(path, json={**found, "outcome": "fine"}).status_code == 422
        assert http.post(path, json={**found, "why": "x"}).status_code == 422
        job = http.post(path, json=found).json()
        assert (job["state"], job["outcome"]) == ("finished", "not_applied")


def test_last_is_one_run_for_all_of_an_answer(fresh: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs, looked = fresh.netpulse.ledger.jobs, []
    one = jobs.one

    def one_while_another_run_is_accepted(run: str, device: str) -> Job:
        found = one(run, device)
        looked.append(found.run)
        fresh.netpulse.submit(RunRequest(**{**ASK, "target": device}), ADA)  # type: ignore[arg-type]
        return found

    with fresh.http() as http:
        run = submit(http, target="leaf1")
        fresh.hand.conclude(fresh.hand.claim())
        monkeypatch.setattr(jobs, "one", one_while_another_run_is_accepted)
        told = http.get("/v1/runs/last/devices/leaf1").json()
        assert told["outcome"] == "ok"
        assert [step["body"] for step in told["steps"]] == ["Version 15.2"], "of the run whose job this is"
    assert looked == [run]


def test_what_was_resolved_is_told_though_another_run_is_the_last_by_then(
    fresh: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve = fresh.netpulse.resolve

    def resolve_while_another_run_is_accepted(*given: Any) -> None:
        resolve(*given)
        fresh.netpulse.submit(RunRequest(**{**ASK, "target": "leaf2"}), ADA)  # type: ignore[arg-type]

    with fresh.http() as http:
        submit(http, target="leaf1")
        fresh.hand.doubt(fresh.hand.claim())
        monkeypatch.setattr(fresh.netpulse, "resolve", resolve_while_another_run_is_accepted)
        found = {"outcome": "not_applied", "reason": "looked"}
        told = http.post("/v1/runs/last/devices/leaf1/resolve", json=found)
        assert (told.status_code, told.json()["outcome"]) == (200, "not_applied")


def test_a_run_with_many_devices_is_told_in_pages(fresh: Service) -> None:
    fresh.netpulse.submit(RunRequest(**ASK), Caller(name="ada", role="admin"))  # type: ignore[arg-type]
    with fresh.http() as http:
        assert len(http.get("/v1/runs/last/devices", params={"limit": 1}).json()["devices"]) == 1
        assert http.get("/v1/runs/last/devices", params={"limit": 1001}).status_code == 422
