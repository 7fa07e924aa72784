"""What takes its time ends with the key it was asked with, and with what that key may see."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from fastapi import Request
from sqlalchemy import update

from netpulse_core.api.staying import Staying
from netpulse_core.client import Client
from netpulse_core.errors import Unidentified
from netpulse_core.ledger.tables import api_keys
from netpulse_core.model.caller import Caller
from netpulse_core.model.run import RunRequest
from tests.api.service import Service

pytestmark = pytest.mark.thorough

PATIENCE = 40.0
"""Seconds in which a stream that is to end surely has; it is asked for more."""

Ends = Callable[[Service, str], None]


def submitted(service: Service) -> str:
    request = RunRequest(runbook="send_commands", target="leaf1", parameters={"commands": ["show version"]})
    return service.netpulse.submit(request, Caller(name="ada", role="admin")).run


@contextmanager
def listening(service: Service, run: str, key: str) -> Iterator[threading.Event]:
    """Hold a stream of a run open with a key; what is given is set once the service has closed it well."""
    heard, ended = threading.Event(), threading.Event()

    def listen() -> None:
        asked = {"seconds": 3600}
        with (
            service.http(Authorization=f"Bearer {key}") as http,
            http.stream("GET", f"/v1/runs/{run}/events", params=asked) as answer,
        ):
            for line in answer.iter_lines():  # one that is broken off raises
                if line.startswith("id:"):
                    heard.set()
        ended.set()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    assert heard.wait(PATIENCE)
    yield ended


def revoke(service: Service, key: str) -> None:
    with Client(service.url, service.key) as client:
        client.keys.revoke(key.split("_")[1])


def rotate(service: Service, key: str) -> None:
    with Client(service.url, service.key) as client:
        client.keys.rotate(key.split("_")[1])


def say(service: Service, key: str, **values: object) -> None:
    with service.netpulse.ledger.database.engine.begin() as connection:
        connection.execute(update(api_keys).where(api_keys.c.id == key.split("_")[1]).values(**values))


def expire(service: Service, key: str) -> None:
    say(service, key, expires_at=1.0)


def narrow(service: Service, key: str) -> None:
    say(service, key, scope={"target": "spine1"})


def demote(service: Service, key: str) -> None:
    say(service, key, role="nobody")


@pytest.mark.parametrize("end", [revoke, rotate, expire, narrow, demote])
def test_a_stream_ends_with_its_key_and_no_other_does(fresh: Service, end: Ends) -> None:
    run = submitted(fresh)
    key = fresh.netpulse.ledger.keys.create("bob", "viewer", by="test").key
    with listening(fresh, run, key) as ended, listening(fresh, run, fresh.key) as other:
        end(fresh, key)
        assert ended.wait(PATIENCE)
        assert not other.is_set()
        fresh.hand.conclude(fresh.hand.claim())
        assert other.wait(PATIENCE)


@pytest.mark.parametrize(("end", "status"), [(revoke, 401), (narrow, 404), (demote, 403)])
def test_who_waits_for_a_run_is_refused_once_their_key_has_ended(fresh: Service, end: Ends, status: int) -> None:
    run = submitted(fresh)
    key = fresh.netpulse.ledger.keys.create("bob", "viewer", by="test").key
    answers: list[httpx.Response] = []

    def wait() -> None:
        with fresh.http(Authorization=f"Bearer {key}") as http:
            answers.append(http.get(f"/v1/runs/{run}", params={"wait": 30}))

    thread = threading.Thread(target=wait)
    thread.start()
    ends = time.monotonic() + PATIENCE
    while not fresh.app.state.stream_threads.borrowed_tokens:
        assert time.monotonic() < ends
        time.sleep(0.01)
    end(fresh, key)
    thread.join(PATIENCE)
    assert [answer.status_code for answer in answers] == [status]


def test_who_is_told_something_all_the_time_is_asked_again_too(fresh: Service) -> None:
    run = submitted(fresh)
    headers = [(b"x-api-key", fresh.key.encode())]
    request = Request({"type": "http", "app": fresh.app, "headers": headers})
    rounds = 0

    async def listen() -> None:
        nonlocal rounds
        staying = Staying(request, fresh.netpulse, run)
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            await staying.during(lambda: asyncio.sleep(0))
            rounds += 1
            if rounds == 1:
                expire(fresh, fresh.key)

    with pytest.raises(Unidentified):
        asyncio.run(listen())
    assert rounds > 1
