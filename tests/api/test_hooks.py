"""Webhooks in: what becomes of signed events, over real HTTP and a real ledger."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from netpulse_core import PluginSettings
from netpulse_core.builtins.webhooks.notifier import Webhooks
from netpulse_core.builtins.webhooks.settings import Settings
from netpulse_core.controller import NetPulse
from netpulse_core.errors import DeliveryFailed, Refused
from netpulse_core.model.notifier import Endpoint
from netpulse_core.model.run import RunRequest
from netpulse_core.model.state import JobState
from tests.api.hooking import DOWN, SECRET, event, refusals, send, signed, write
from tests.api.service import ADA, Service


def test_a_signed_event_becomes_a_run_of_the_hook_on_the_device_it_names(site: Service) -> None:
    answer = send(site, event())
    assert answer.status_code == 202, answer.text
    (made,) = answer.json()["runs"]
    assert (answer.json()["status"], made["devices"], made["created"]) == ("accepted", ["leaf1"], True)
    run = site.netpulse.get(made["run"])
    assert (run.caller, run.runbook, run.parameters["commands"]) == ("hook:down", "send_commands", ["show version"])
    (job,) = site.netpulse.jobs(run.id)
    assert job.state is JobState.QUEUED
    assert 290 <= job.not_before - run.accepted_at <= 310
    assert "its time to begin" in job.waiting_for
    assert site.hand.claim() == [], "it begins when its time has come, and not before"
    accepted = site.netpulse.ledger.audit.page(limit=1, action="run.accepted")[0]
    assert (accepted.actor, accepted.object) == ("hook:down", run.id)


def test_the_same_delivery_gives_the_same_run(site: Service) -> None:
    first = send(site, event()).json()
    site.netpulse.cancel(first["runs"][0]["run"], ADA)
    again = send(site, event())
    assert again.status_code == 202
    assert again.json()["status"] == "known"
    assert [one["run"] for one in again.json()["runs"]] == [one["run"] for one in first["runs"]]
    other = send(site, event("leaf2"))
    assert other.status_code == 422
    assert "with another body" in other.json()["detail"]
    assert len(site.netpulse.runs()) == 1


@pytest.mark.thorough
def test_a_storm_makes_one_run_and_an_event_after_it_began_makes_another(site: Service) -> None:
    answers: list[dict[str, Any]] = []

    def storm(first: int) -> None:
        answers.extend(send(site, event(), delivery=f"d{first + n}").json() for n in range(25))

    threads = [threading.Thread(target=storm, args=(first,)) for first in range(0, 100, 25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 100
    assert {one["run"] for answer in answers for one in answer["runs"]} == {site.netpulse.get("last").id}
    assert sorted(answer["status"] for answer in answers) == ["accepted"] + ["coalesced"] * 99
    write(site, "down", DOWN.replace("debounce: 300", "debounce: 0"))
    other = send(site, event("leaf2"), delivery="e1").json()
    assert other["status"] == "accepted"
    (claim,) = site.hand.claim()
    assert claim.device == "leaf2"
    begun = send(site, event("leaf2"), delivery="e2").json()
    assert begun["status"] == "accepted", "what has begun may not have seen what this event tells of"
    assert begun["runs"][0]["run"] != claim.run


def test_what_asks_for_something_else_is_not_coalesced(site: Service) -> None:
    write(site, "shown", DOWN.replace("[show version]", "[{from: command}]"))
    first = send(site, event(command="show clock"), "shown").json()
    other = send(site, event(command="show version"), "shown", delivery="d2").json()
    same = send(site, event(command="show clock"), "shown", delivery="d3").json()
    assert [one["status"] for one in (first, other, same)] == ["accepted", "accepted", "coalesced"]
    assert same["runs"][0]["run"] == first["runs"][0]["run"]
    both = send(site, event(["leaf1", "leaf2"], command="show clock"), "shown", delivery="d4").json()
    assert [(one["devices"], one["created"]) for one in both["runs"]] == [(["leaf2"], True), (["leaf1"], False)]


def test_an_event_is_ignored_unless_its_hook_wants_it(site: Service) -> None:
    answer = send(site, event() | {"state": "up"})
    assert (answer.status_code, answer.json()["status"], answer.json()["runs"]) == (202, "ignored", [])
    assert "`when` came to False" in answer.json()["reason"]
    write(site, "truthy", DOWN.replace("state == 'down'", "state"))
    assert send(site, event(), "truthy").json()["status"] == "ignored"
    assert site.netpulse.runs() == []


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        (event("spine1"), 403, "'role=leaf' at most"),
        (event(["leaf1", "nobody"]), 403, "nobody"),
        (event("*"), 403, "at most"),
        (event([]), 422, "neither the name"),
        (event(None), 422, "neither the name"),
        (event({"name": "leaf1"}), 422, "neither the name"),
        (event([["leaf1"]]), 422, "neither the name"),
        ({"state": "down"}, 422, "neither the name"),
        ([event()], 202, "ignored"),
        (b"", 422, "not JSON"),
        (b"device=leaf1", 422, "not JSON"),
        (b"\xff\xfe", 422, "not UTF-8"),
        (b"[" * 200_000, 422, "too deeply"),
        (b'{"state":"down","device":' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}", 422, "neither the name"),
        (b'{"state":"down","device":"leaf1","n":NaN}', 422, "NaN is no number"),
        (b'{"state":"down","device":' + b"9" * 5000 + b"}", 422, "not JSON"),
        (b'{"state":"down","device":"leaf1\\u0000"}', 422, "`device` holds a NUL or half of a surrogate pair"),
        (b'{"state":"down","device":"leaf1","device":"leaf2"}', 422, "the body has the key 'device' twice"),
        (event("\ud800"), 422, "`device` holds a NUL or half of a surrogate pair"),
        (event(["leaf1", "\udfff"]), 422, "`device` holds a NUL or half of a surrogate pair"),
    ],
)
def test_a_hostile_body_asks_for_nothing(
    shared: Service, hook_secrets: None, said: Any, status: int, words: str
) -> None:
    write(shared, "down", DOWN)
    before = len(shared.netpulse.runs())
    answer = send(shared, said, delivery=hashlib.sha256(repr(said).encode()).hexdigest())
    assert (answer.status_code, words in answer.text) == (status, True), answer.text[:500]
    assert len(shared.netpulse.runs()) == before
    if status != 202:
        assert words in refusals(shared)[0]


def test_an_event_that_a_hooks_own_run_caused_is_refused(site: Service) -> None:
    looped = send(site, event(), headers={"NetPulse-Cause": "hook:other, hook:down"})
    assert looped.status_code == 409
    assert "hook:other -> hook:down -> hook:down" in looped.json()["detail"]
    bodily = send(site, event(cause=["hook:down"]), delivery="d2")
    assert bodily.status_code == 409
    long = ", ".join(f"hook:h{n}" for n in range(8))
    assert send(site, event(), delivery="d3", headers={"NetPulse-Cause": long}).status_code == 409
    assert send(site, event(), delivery="d4", headers={"NetPulse-Cause": "a b"}).status_code == 422
    assert site.netpulse.runs() == []
    assert len(refusals(site)) == 4
    followed = send(site, event(), delivery="d5", headers={"NetPulse-Cause": "hook:other"})
    assert followed.json()["status"] == "accepted"


def test_a_loop_through_devices_ends_at_most_so_often_an_hour(site: Service) -> None:
    write(site, "down", DOWN.replace("debounce: 300", "at_most: 3"))
    for number in range(3):
        assert send(site, event(), delivery=f"d{number}").json()["status"] == "accepted"
        site.hand.conclude(site.hand.claim())
    over = send(site, event(), delivery="d4")
    assert over.status_code == 429
    assert 3000 < int(over.headers["Retry-After"]) <= 3600
    assert "3 are allowed (at_most)" in refusals(site)[0]
    assert send(site, event("leaf2"), delivery="d5").json()["status"] == "accepted"


def test_the_rules_for_everyone_bind_a_hook_too(site: Service) -> None:
    write(site, "changes", "runbook: set_banner\ntarget: leaf1\nparameters: {text: x}\nsecret: env:HOOK_SECRET\n")
    refused = send(site, event(), "changes")
    assert (refused.status_code, refused.json()["permission"]) == (403, "changes.run")
    last = site.netpulse.ledger.audit.page(limit=1)[0]
    assert (last.actor, last.action) == ("hook:changes", "access.refused")
    write(site, "changes", (site.netpulse.site.path / "schedules/hooks/changes.yaml").read_text() + "role: engineer\n")
    assert send(site, event(), "changes").json()["status"] == "accepted"


def test_hooks_are_listed_shown_and_tried_without_a_run(site: Service) -> None:
    with site.http() as http:
        (one,) = http.get("/v1/hooks").json()["hooks"]
        assert (one["name"], one["secrets"], one["last_at"]) == ("down", 2, None)
        assert "HOOK_SECRET" not in http.get("/v1/hooks/down").text
        tried = http.post("/v1/hooks/down/test", json={"body": event()}).json()
        assert (tried["devices"], tried["parameters"]["commands"]) == (["leaf1"], ["show version"])
        assert http.post("/v1/hooks/down/test", json={"body": {}}).json()["reason"].startswith("`when` came to False")
        assert http.get("/v1/hooks/other").status_code == 404
    assert site.netpulse.runs() == []


def test_what_is_refused_to_a_hook_that_is_tried_is_told_and_recorded_nowhere(site: Service) -> None:
    write(site, "changes", "runbook: set_banner\ntarget: leaf1\nparameters: {text: x}\nsecret: env:HOOK_SECRET\n")
    before = site.netpulse.ledger.audit.page()
    with site.http() as http:
        tried = http.post("/v1/hooks/changes/test", json={"body": event()})
        assert (tried.status_code, tried.json()["permission"]) == (403, "changes.run")
    assert site.netpulse.ledger.audit.page() == before
    assert send(site, event(), "changes").status_code == 403
    assert len(site.netpulse.ledger.audit.page()) == len(before) + 1


def test_a_hook_that_is_mended_or_taken_away_is_so_at_once(site: Service) -> None:
    assert send(site, event()).status_code == 202
    path: Path = site.netpulse.site.path / "schedules" / "hooks" / "down.yaml"
    path.write_text(DOWN + "unknown: 1\n")
    assert send(site, event(), delivery="d2").status_code == 401
    path.write_text(DOWN)
    assert send(site, event(), delivery="d2").status_code == 202
    path.unlink()
    assert send(site, event(), delivery="d3").status_code == 401


@pytest.mark.thorough
def test_our_own_webhooks_out_go_through_two_hooks_and_not_in_a_circle(site: Service) -> None:
    write(site, "down", DOWN.replace("device: device\nwhen: state == 'down'\n", "when: type == 'run.accepted'\n"))
    write(
        site,
        "other",
        "runbook: send_commands\ntarget: leaf1\nparameters: {commands: [show clock]}\nsecret: env:HOOK_SECRET\n",
    )
    ledger, own = site.netpulse.ledger, PluginSettings(Settings)
    endpoints = {
        name: {"url": f"{site.url}/v1/hooks/{name}", "secret": "env:HOOK_SECRET"} for name in ("down", "other")
    }
    own.tell({"endpoints": endpoints, "allow_http": True, "allow_networks": ["127.0.0.0/8"]})
    ledger.observers.attend(["notifier:webhooks"])
    wanted = [Endpoint(name=name, shown="", kinds=frozenset({"run.accepted"})) for name in endpoints]

    def told(endpoint: str) -> str:
        """Send what waits for one endpoint, oldest first, as a worker would; return what became of the last."""
        ledger.deliveries.gather("notifier:webhooks", wanted)
        said = "nothing"
        while (outgoing := ledger.deliveries.claim(endpoint, "hand")) is not None:
            try:
                said = Webhooks(own).send(outgoing, lambda reference: SECRET)
            except DeliveryFailed as error:
                said = str(error)
            ledger.deliveries.delivered(outgoing, "hand", said)
        return said

    site.netpulse.submit(RunRequest(runbook="probe", target="leaf1"), ADA)
    assert told("other") == "202 Accepted", "what a person asked for has no cause"
    assert site.netpulse.get("last").caller == "hook:other"
    assert told("other") == "answered 409 Conflict", "its own run"
    assert told("down") == "202 Accepted"
    assert site.netpulse.get("last").caller == "hook:down"
    assert (told("other"), told("down")) == ("answered 409 Conflict", "answered 409 Conflict")
    assert {one.caller for one in site.netpulse.runs()} == {"ada", "hook:other", "hook:down"}
    assert "hook:down -> hook:other" in " ".join(refusals(site))


def test_a_hook_that_asks_for_no_device_means_its_whole_target(site: Service) -> None:
    write(site, "down", DOWN.replace("device: device\n", ""))
    (made,) = send(site, {"state": "down"}).json()["runs"]
    run = site.netpulse.get(made["run"])
    assert (made["devices"], run.target) == (["leaf1", "leaf2"], "role=leaf")
    (again,) = send(site, {"state": "down"}, delivery="d2").json()["runs"]
    assert (again["run"], again["created"]) == (run.id, False)


def test_a_hook_confirms_how_many_devices_it_may_change(site: Service) -> None:
    changes = "runbook: set_banner\ntarget: role=leaf\nrole: engineer\nparameters: {text: x}\nsecret: env:HOOK_SECRET\n"
    with NetPulse.open(site.netpulse.settings.model_copy(update={"confirm_above": 1})) as strict:
        body = json.dumps(event()).encode()
        write(site, "many", changes)
        with pytest.raises(Refused, match="nobody confirmed so many"):
            strict.hooking.receive("many", signed(body), body)
        write(site, "many", changes + "confirm: 2\n")
        assert len(strict.hooking.receive("many", signed(body), body).runs[0].devices) == 2


def test_the_target_of_a_hook_goes_on_meaning_those_that_are_left_of_it(site: Service) -> None:
    write(site, "down", DOWN.replace("role=leaf", "role=[leaf,border]"))
    write(site, "all", DOWN.replace("role=leaf", "role=[leaf,border]").replace("device: device\n", ""))
    assert [run["devices"] for run in send(site, event()).json()["runs"]] == [["leaf1"]]
    refused = send(site, event("spine1"), delivery="d2")
    assert (refused.status_code, "means 'role=[leaf,border]' at most" in refused.text) == (403, True)
    answer = send(site, event(), "all", delivery="d3")
    assert [run["devices"] for run in answer.json()["runs"]] == [["leaf1", "leaf2"]], answer.text
