"""Doorbells over a real Redis: whatever becomes of them, a job is done once; what is away holds nothing up for ever."""

import secrets
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from netpulse_core.broker.broker import FIFO
from netpulse_core.broker.message import queue_name
from netpulse_core.broker.redis import RedisBroker
from netpulse_core.broker.seen import sessions_of
from netpulse_core.lab import Device, Lab
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.state import JobState
from tests.api.service import serving as answering
from tests.runs.service import Service, eventually, serving
from tests.servers.postgres import PostgresServer
from tests.servers.redis import RedisServer

KEY = "the key of these tests"


@pytest.fixture
def service(lab: Lab, tmp_path: Path, redis_url: str) -> Iterator[Service]:
    """A site whose doorbells go through Redis."""
    ledger = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    with closing(Ledger(ledger)) as fresh:
        fresh.upgrade()
    with serving(lab, tmp_path, broker=redis_url, ledger=ledger, secret_key=KEY, node="w1") as served:
        yield served


def put(redis_url: str, queue: str, *messages: bytes) -> None:
    """Put messages into a queue as they are."""
    with Redis.from_url(redis_url) as redis:
        for message in messages:
            redis.zadd(f"huey.redis.{queue_name(queue)}", {message: 0})


def kept(redis_url: str, rings: int, key: bytes = KEY.encode()) -> list[bytes]:
    """Rings for the shared queue, taken out before anyone heard them."""
    with closing(RedisBroker(redis_url, key)) as broker, Redis.from_url(redis_url) as redis:
        for number in range(rings):
            broker.ring({"aside": [f"d{number}"]})
        return popped(redis, "aside", rings)


def popped(redis: Redis, queue: str, most: int) -> list[bytes]:
    taken: Any = redis.zpopmin(f"huey.redis.{queue_name(queue)}", most)
    return [message for message, _ in taken]


def heard(service: Service) -> dict[str, int]:
    counters = sessions_of(service.netpulse.broker, service.netpulse.nodes(), "w1").counters
    return {name: counters[f"rings{name}"] for name in ("", "_replayed", "_forged")}


@pytest.mark.thorough
def test_forged_and_garbage_doorbells_start_nothing_and_delay_nothing_and_are_seen(
    service: Service, redis_url: str, leaf: Device
) -> None:
    forged = kept(redis_url, 20, b"another key") + kept(redis_url, 20)  # and those of another queue
    garbage = [secrets.token_bytes(length) for length in range(1, 200)]
    put(redis_url, FIFO, *forged, *garbage)
    put(redis_url, service.node.id, *forged, *garbage)
    done = service.run("ask", commands=["show clock"])
    assert (done.outcome, leaf.journal.commands.count("show clock")) == (Outcome.OK, 1)
    eventually(lambda: heard(service)["_forged"] == 2 * (40 + 199), within=30)
    assert leaf.journal.commands.count("show clock") == 1


@pytest.mark.thorough
def test_doubled_replayed_and_reordered_rings_do_a_job_once(service: Service, redis_url: str, leaf: Device) -> None:
    redis = Redis.from_url(redis_url)
    queue = f"huey.redis.{queue_name(FIFO)}"
    listening, service.node._fifo_bell = service.node._fifo_bell, None
    assert listening is not None
    listening.stop()
    for _ in range(5):
        service.netpulse.broker.ring({FIFO: ["leaf1"]})
    rings = popped(redis, FIFO, 5)
    service.node._fifo_bell = service.netpulse.broker.listen(FIFO, service.node._rung)
    run = service.submit("ask", commands=["show clock"])
    for again in (rings[::-1], rings, rings[:2]):
        put(redis_url, FIFO, *again)
        eventually(lambda: redis.zcard(queue) == 0)
    assert service.wait(run).outcome is Outcome.OK
    eventually(lambda: heard(service)["_replayed"] >= 7, within=30)
    assert heard(service)["_forged"] == 0
    assert leaf.journal.commands.count("show clock") == 1
    redis.close()


def test_without_redis_a_request_is_accepted_and_done(
    service: Service, redis_server: RedisServer, redis_url: str, leaf: Device
) -> None:
    body = {"runbook": "ask", "target": "leaf1", "parameters": {"commands": ["show clock"]}}
    key = service.netpulse.ledger.keys.create("ada", "admin", by="test").key
    with answering(service.netpulse) as (_, port):
        asked: dict[str, Any] = {"json": body, "headers": {"Authorization": f"Bearer {key}"}, "timeout": 30}
        with Redis.from_url(redis_url) as redis:
            redis.flushall()
        wiped = httpx.post(f"http://127.0.0.1:{port}/v1/runs", **asked)
        redis_server.kill()
        without = httpx.post(f"http://127.0.0.1:{port}/v1/runs", **asked)
        assert (wiped.status_code, without.status_code) == (202, 202)
        for answer in (wiped, without):
            assert service.wait(answer.json()["run"], within=40).outcome is Outcome.OK
        redis_server.start()
    assert leaf.journal.commands.count("show clock") == 2


@pytest.mark.thorough
def test_without_the_ledger_nothing_is_accepted_and_a_push_under_way_is_concluded_when_it_is_back(
    lab: Lab, tmp_path: Path, postgres_url: str, postgres_server: PostgresServer
) -> None:
    with serving(lab, tmp_path, ledger=postgres_url) as service, answering(service.netpulse) as (_, port):
        key = service.netpulse.ledger.keys.create("ada", "admin", by="test").key
        push = service.submit("change_slowly", "leaf1", after=3.0)
        eventually(lambda: service.state(push) is JobState.PUSHING)
        postgres_server.stop()
        body = {"runbook": "ask", "target": "leaf2", "parameters": {"commands": ["show clock"]}}
        asked: dict[str, Any] = {"json": body, "headers": {"Authorization": f"Bearer {key}"}, "timeout": 30}
        refused = httpx.post(f"http://127.0.0.1:{port}/v1/runs", **asked)
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) >= 1
        assert lab.devices["leaf1"].journal.wait_until_idle(15)
        time.sleep(0.5)
        postgres_server.start()
        assert service.wait(push, within=40).outcome is Outcome.CHANGED
        assert httpx.post(f"http://127.0.0.1:{port}/v1/runs", **asked).status_code == 202
