"""Over a network that breaks, a listener hears every event once, and a request is done once."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from netpulse_core import errors
from netpulse_core.client import AsyncClient, Client, listening
from netpulse_core.model.caller import Caller
from netpulse_core.model.run import RerunRequest, RunRequest
from tests.api.service import Service, controller, serving
from tests.client.network import Relay, relayed

ASK = RunRequest(runbook="send_commands", target="role=leaf", parameters={"commands": ["show version"]})
ALL = [1, 2, 3, 4, 5, 6]


def test_a_cut_connection_is_taken_up_again_without_loss_or_repetition(fresh: Service) -> None:
    with relayed(fresh.port) as relay, Client(relay.url, fresh.key) as client:
        run = client.submit(ASK).run
        events = client.watch(run)
        seen = [next(events).number]
        relay.cut()
        claims = fresh.hand.claim()
        seen += [next(events).number, next(events).number]
        relay.cut()
        fresh.hand.conclude(claims)
        relay.cut()
        seen += [event.number for event in events]
    assert seen == ALL
    assert relay.connections >= 3


@pytest.mark.thorough
@pytest.mark.parametrize("after", range(500, 1500, 111))
def test_a_connection_may_break_in_the_middle_of_any_event(fresh: Service, after: int) -> None:
    run = fresh.netpulse.submit(ASK, Caller(name="ada", role="admin")).run
    fresh.hand.conclude(fresh.hand.claim())
    with relayed(fresh.port) as relay, Client(relay.url, fresh.key) as client:
        relay.after = after
        threading.Timer(0.15, lambda: setattr(relay, "after", None)).start()
        assert [event.number for event in client.watch(run)] == ALL


def test_the_same_on_an_event_loop(fresh: Service) -> None:
    async def listen(url: str) -> list[int]:
        async with AsyncClient(url, fresh.key) as client:
            run = (await client.submit(ASK)).run
            seen = []
            async for event in client.watch(run):
                seen.append(event.number)
                relay.cut()
                if event.number == 1:
                    fresh.hand.conclude(await asyncio.to_thread(fresh.hand.claim))
            return seen

    with relayed(fresh.port) as relay:
        assert asyncio.run(listen(relay.url)) == ALL


@pytest.mark.thorough
def test_a_service_that_restarts_is_found_again(tmp_path: Path) -> None:
    with controller(tmp_path / "site") as netpulse:
        with serving(netpulse) as (app, port):
            service = Service(netpulse, app, port)
            client = Client(service.url, service.key)
            run = client.submit(ASK).run
            events = client.watch(run)
            seen = [next(events).number]
        service.hand.conclude(service.hand.claim())
        with serving(netpulse, port):
            seen += [event.number for event in events]
        client.close()
    assert seen == ALL


def test_a_service_that_stays_away_is_given_up(fresh: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "PATIENCE", 0.5)
    with relayed(fresh.port) as relay, Client(relay.url, fresh.key) as client:
        events = client.watch(client.submit(ASK).run)
        next(events)
        with socket.create_server(("127.0.0.1", 0)) as free:
            relay.to = free.getsockname()[1]
        relay.cut()
        began = time.monotonic()
        with pytest.raises(errors.ServiceError, match="broke the connection"):
            list(events)
        assert time.monotonic() - began < 20


def test_who_listens_is_told_once_that_the_service_is_away(fresh: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "PATIENCE", 2.0)
    told: list[float] = []
    with relayed(fresh.port) as relay, Client(relay.url, fresh.key) as client:

        def away(seconds: float) -> None:
            told.append(seconds)
            threading.Timer(0.7, lambda: setattr(relay, "to", fresh.port)).start()  # asked again meanwhile, in vain

        run = client.submit(ASK).run
        events = client.watch(run, away=away)
        next(events)
        relay.cut()  # a connection that is taken up at once is nothing to tell
        claims = fresh.hand.claim()
        next(events)
        assert told == []
        with socket.create_server(("127.0.0.1", 0)) as free:
            relay.to = free.getsockname()[1]
        relay.cut()
        fresh.hand.conclude(claims)
        assert [event.number for event in events] == ALL[2:]
    assert len(told) == 1
    assert 0 < told[0] <= 2.0


def test_a_connection_that_breaks_while_a_run_is_waited_for_is_made_again(fresh: Service) -> None:
    with relayed(fresh.port) as relay, Client(relay.url, fresh.key) as client:
        run = client.submit(ASK).run
        threading.Timer(0.3, relay.cut).start()
        threading.Timer(0.8, lambda: fresh.hand.conclude(fresh.hand.claim())).start()
        assert client.wait(run, timeout=30).finished
        assert relay.connections > 1


def test_a_run_that_is_short_is_waited_for_with_one_question(fresh: Service, client: Client) -> None:
    asked: list[str] = []
    client._http.event_hooks["request"] = [lambda request: asked.append(request.url.path)]
    run = client.submit(ASK).run
    threading.Timer(0.3, lambda: fresh.hand.conclude(fresh.hand.claim())).start()
    assert client.wait(run, timeout=30).finished
    assert asked == ["/v1/runs", f"/v1/runs/{run}"]


def test_a_run_that_is_not_there_is_not_waited_for(client: Client) -> None:
    with pytest.raises(errors.NotFound):
        list(client.watch("nope"))
    with pytest.raises(errors.NotFound):
        client.wait("nope")


def test_all_seen_is_the_end(fresh: Service, client: Client) -> None:
    run = client.submit(ASK).run
    fresh.hand.conclude(fresh.hand.claim())
    assert [event.number for event in client.watch(run, after=4)] == [5, 6]
    assert list(client.watch(run, after=6)) == []


def test_a_request_whose_answer_is_lost_is_done_once(fresh: Service) -> None:
    with relayed(fresh.port) as relay, Client(relay.url, fresh.key) as client:
        relay.after = 10
        threading.Timer(0.3, lambda: setattr(relay, "after", None)).start()
        accepted = client.submit(ASK)
        assert relay.connections > 1
    assert [run.id for run in fresh.netpulse.runs()] == [accepted.run]
    assert accepted.created is False


def test_what_must_not_be_done_twice_is_not(fresh: Service) -> None:
    with relayed(fresh.port) as relay, Client(relay.url, fresh.key) as client:
        fresh.netpulse.submit(ASK, Caller(name="ada", role="admin"))
        relay.after = 10
        with pytest.raises(errors.ServiceError, match="broke the connection"):
            client.cancel("last")
        assert relay.connections == 1


def test_the_last_run_stays_the_one_it_was_over_a_cut_connection(fresh: Service) -> None:
    with relayed(fresh.port) as relay, Client(relay.url, fresh.key) as client:
        run = client.submit(ASK).run
        events = client.watch("last")
        seen = [next(events)]
        other = client.submit(ASK).run
        relay.cut()
        for _ in range(2):
            fresh.hand.conclude(fresh.hand.claim())
        seen += events
    assert [event.number for event in seen] == ALL
    assert {event.run for event in seen} == {run} != {other}


def losing_once(relay: Relay, path: str, lost: list[threading.Timer]) -> Callable[[httpx.Request], None]:
    """Return a hook that cuts the wire under the first request of a path, and mends it a little later."""

    def lose(request: httpx.Request) -> None:
        if request.url.path.endswith(path) and not lost:
            relay.cut()
            relay.after = 10
            lost.append(threading.Timer(0.4, lambda: setattr(relay, "after", None)))
            lost[0].start()

    return lose


def test_a_rerun_of_the_last_run_whose_answer_is_lost_is_done_once(fresh: Service) -> None:
    with relayed(fresh.port) as relay, Client(relay.url, fresh.key) as client:
        first = client.submit(ASK).run
        fresh.hand.conclude(fresh.hand.claim())
        client._http.event_hooks["request"] = [losing_once(relay, "/rerun", [])]
        again = client.rerun(RerunRequest(run="last", devices=("leaf1",)))
        assert again.created is False
    assert [run.id for run in fresh.netpulse.runs()] == [again.run, first]


def test_a_stream_that_breaks_at_once_is_asked_for_again_where_the_run_was_answered_before(
    fresh: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "POLL", 0.1)
    lost: list[threading.Timer] = []
    with relayed(fresh.port) as relay, Client(relay.url, fresh.key) as client:
        run = client.submit(ASK).run
        client._http.event_hooks["request"] = [losing_once(relay, "/events", lost)]
        threading.Timer(0.8, lambda: fresh.hand.conclude(fresh.hand.claim())).start()
        assert client.wait(run, timeout=30).finished
    assert lost
