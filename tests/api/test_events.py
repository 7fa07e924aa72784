"""Live events: in order, resumed without loss or repetition, over when they are over, and in nobody's way."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import httpx
import pytest
from httpx_sse import EventSource, ServerSentEvent

from netpulse_core.api import events
from netpulse_core.controller import netpulse as controllers
from netpulse_core.errors import ServiceError
from netpulse_core.model.caller import Caller
from netpulse_core.model.event import Event
from netpulse_core.model.run import RunRequest
from tests.api.service import Service, controller, serving

KINDS = ["run.accepted", "job.started", "job.started", "job.finished", "job.finished", "run.finished"]


def submit(service: Service, target: str = "role=leaf") -> str:
    request = RunRequest(runbook="send_commands", target=target, parameters={"commands": ["show version"]})
    return service.netpulse.submit(request, Caller(name="ada", role="admin")).run


@contextlib.contextmanager
def stream(http: httpx.Client, run: str, **headers: str) -> Iterator[Iterator[ServerSentEvent]]:
    """Open a stream and give its messages; comments are left out."""
    with http.stream("GET", f"/v1/runs/{run}/events", headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        yield (message for message in EventSource(answer).iter_sse() if message.data)


def test_a_stream_tells_everything_and_ends(fresh: Service) -> None:
    run = submit(fresh)
    with fresh.http() as http, stream(http, run) as messages:
        seen = [next(messages)]
        fresh.hand.conclude(fresh.hand.claim())
        seen += messages
    assert [message.id for message in seen] == ["1", "2", "3", "4", "5", "6"]
    assert [message.event for message in seen] == KINDS
    last = json.loads(seen[-1].data)
    assert (last["run"], last["number"], last["body"]["verdict"]) == (run, 6, "success")
    assert last["at"].endswith("Z")


def test_news_come_when_they_happen(fresh: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controllers, "LOOK_AGAIN", 60.0)
    run = submit(fresh)
    with fresh.http() as http, stream(http, run) as messages:
        next(messages)
        began = time.monotonic()
        claims = fresh.hand.claim()
        list(islice(messages, 2))
        fresh.hand.conclude(claims)
        list(messages)
        assert time.monotonic() - began < 30


@pytest.mark.parametrize("after", range(6))
def test_a_listener_goes_on_after_its_last_event(fresh: Service, after: int) -> None:
    run = submit(fresh)
    fresh.hand.conclude(fresh.hand.claim())
    with fresh.http() as http:
        with stream(http, run, **{"Last-Event-ID": str(after)}) as messages:
            assert [int(message.id) for message in messages] == list(range(after + 1, 7))
        text = http.get(f"/v1/runs/{run}/events", params={"after": after}).text
        assert next(line for line in text.splitlines() if line.startswith("id:")) == f"id: {after + 1}"


def test_who_has_seen_all_is_told_not_to_ask_again(fresh: Service) -> None:
    run = submit(fresh)
    fresh.hand.conclude(fresh.hand.claim())
    with fresh.http() as http:
        assert http.get(f"/v1/runs/{run}/events", headers={"Last-Event-ID": "6"}).status_code == 204
        assert (
            http.get(f"/v1/runs/{run}/events", params={"after": 2}, headers={"Last-Event-ID": "6"}).status_code == 204
        )
        assert http.get("/v1/runs/nope/events").status_code == 404
        assert http.get(f"/v1/runs/{run}/events", headers={"Last-Event-ID": "x"}).status_code == 422


def test_a_stream_may_be_asked_for_some_seconds_only(fresh: Service) -> None:
    run = submit(fresh)
    began = time.monotonic()
    with fresh.http() as http:
        assert "run.accepted" in http.get(f"/v1/runs/{run}/events", params={"seconds": 0.3}).text
    assert 0.2 < time.monotonic() - began < 15


@pytest.mark.thorough
def test_a_quiet_stream_is_kept_alive(fresh: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "QUIET", 0.0)
    run = submit(fresh)
    with fresh.http() as http:
        text = http.get(f"/v1/runs/{run}/events", params={"seconds": 2.5}).text
    assert text.startswith(":")
    assert text.rstrip().splitlines()[-1].startswith(":")


def test_a_ledger_that_goes_away_ends_the_stream_cleanly(fresh: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    run = submit(fresh)

    def watch(*args: object, **options: object) -> Iterator[Sequence[Event]]:
        yield fresh.netpulse.events(run)
        raise ServiceError("the ledger is away")

    monkeypatch.setattr(fresh.netpulse, "watch", watch)
    with fresh.http() as http:
        assert http.get(f"/v1/runs/{run}/events").text.count("id:") == 1


@pytest.mark.thorough
def test_open_streams_do_not_hold_a_stopping_server(tmp_path: Path) -> None:
    with controller(tmp_path / "site") as netpulse, contextlib.ExitStack() as held:
        with serving(netpulse) as (app, port):
            service = Service(netpulse, app, port)
            run = submit(service)
            streams = [held.enter_context(stream(held.enter_context(service.http()), run)) for _ in range(5)]
            assert [next(messages).id for messages in streams] == ["1"] * 5
            began = time.monotonic()
        assert time.monotonic() - began < 15
        assert [list(messages) for messages in streams] == [[]] * 5


@pytest.mark.thorough
def test_more_streams_than_threads_take_turns_and_leave_room_for_requests(fresh: Service) -> None:
    run = submit(fresh)
    with contextlib.ExitStack() as held:
        streams = [held.enter_context(stream(held.enter_context(fresh.http()), run)) for _ in range(events.THREADS + 6)]
        assert {next(messages).id for messages in streams} == {"1"}
        with fresh.http() as http:
            began = time.monotonic()
            assert http.get("/v1/runs/last").status_code == 200
            assert time.monotonic() - began < 10
        fresh.hand.conclude(fresh.hand.claim())
        assert {len(list(messages)) for messages in streams} == {5}


def test_a_listener_that_is_gone_leaves_nothing_behind(fresh: Service) -> None:
    run = submit(fresh)
    request = f"GET /v1/runs/{run}/events HTTP/1.1\r\nHost: x\r\nX-API-Key: {fresh.key}\r\n\r\n".encode()
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", fresh.port)) as wire:
            wire.sendall(request)
            wire.recv(100)
    threads = fresh.app.state.stream_threads
    ends = time.monotonic() + 5
    while threads.borrowed_tokens and time.monotonic() < ends:
        time.sleep(0.05)
    assert threads.borrowed_tokens == 0


def test_many_listeners_hear_the_same(fresh: Service) -> None:
    run = submit(fresh)
    heard: list[list[str]] = []

    def listen() -> None:
        with fresh.http() as http, stream(http, run) as messages:
            heard.append([message.id or "" for message in messages])

    listeners = [threading.Thread(target=listen) for _ in range(8)]
    for one in listeners:
        one.start()
    fresh.hand.conclude(fresh.hand.claim())
    for one in listeners:
        one.join(10)
    assert heard == [["1", "2", "3", "4", "5", "6"]] * 8
