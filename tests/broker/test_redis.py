"""The broker on Redis: other processes, forgers, and a server that dies, freezes and comes back."""

import secrets
import threading
import time
from collections.abc import Callable

import pytest
from redis import Redis

from netpulse_core.broker.cache import KEPT, Remembered
from netpulse_core.broker.doorbell import Doorbell
from netpulse_core.broker.message import LONGEST, queue_name
from netpulse_core.broker.redis import ANSWER, POST, RedisBroker
from netpulse_core.errors import ServiceError, SiteError
from tests.broker.conftest import KEY, Heard, Open
from tests.servers.redis import RedisServer

AT_ONCE = 5.0


def doorbell(broker: RedisBroker, queue: str) -> Doorbell:
    return broker._doorbell(queue)


def key_of(queue: str) -> str:
    return f"huey.redis.{queue_name(queue)}"


def stolen(url: str, queue: str) -> bytes:
    """Take the one message that waits in a queue."""
    with Redis.from_url(url) as redis:
        ((message, _),) = redis.zpopmin(key_of(queue))
    return bytes(message)


def put(url: str, queue: str, *messages: bytes) -> None:
    """Put messages into a queue as they are."""
    with Redis.from_url(url) as redis:
        redis.zadd(key_of(queue), dict.fromkeys(messages, 0))


def signed_for(open_redis: Open, url: str, queue: str, key: bytes = KEY) -> bytes:
    open_redis(key).ring({queue: ["stolen"]})
    return stolen(url, queue)


def forged(open_redis: Open, url: str) -> bytes:
    return signed_for(open_redis, url, "n1", b"another key")


def of_another_queue(open_redis: Open, url: str) -> bytes:
    return signed_for(open_redis, url, "n2")


def altered(open_redis: Open, url: str) -> bytes:
    return signed_for(open_redis, url, "n1").replace(b"stolen", b"Stolen")


def garbage(open_redis: Open, url: str) -> bytes:
    return secrets.token_bytes(100)


def a_pickle(open_redis: Open, url: str) -> bytes:
    return b"12345678cos\nsystem\n(S'true'\ntR."


def oversized(open_redis: Open, url: str) -> bytes:
    doorbell(open_redis(), "n1")._ring(["d" * LONGEST])  # signed as it should be, and not split as a ring is
    return stolen(url, "n1")


def hardly_anything(open_redis: Open, url: str) -> bytes:
    return b"x"


@pytest.mark.parametrize(
    "bad", [forged, of_another_queue, altered, garbage, a_pickle, oversized, hardly_anything]
)  # fmt: skip
def test_a_bad_message_is_counted_and_the_bell_goes_on(
    open_redis: Open, redis_url: str, heard: Heard, bad: Callable[[Open, str], bytes]
) -> None:
    message = bad(open_redis, redis_url)
    broker = open_redis()
    broker.listen("n1", heard)
    put(redis_url, "n1", message)
    time.sleep(0.2)
    began = time.monotonic()
    broker.ring({"n1": ["d1"]})
    heard.wait(1)
    assert time.monotonic() - began < AT_ONCE
    assert heard.rings == [["d1"]]
    assert doorbell(broker, "n1").forged == 1


def test_a_flood_of_bad_messages_does_not_slow_the_bell(open_redis: Open, redis_url: str, heard: Heard) -> None:
    broker = open_redis()
    broker.listen("n1", heard)
    put(redis_url, "n1", *(secrets.token_bytes(64) for _ in range(200)))
    broker.ring({"n1": ["d1"]})
    heard.wait(1)
    limit = time.monotonic() + 15
    while doorbell(broker, "n1").forged < 200 and time.monotonic() < limit:
        time.sleep(0.01)
    assert doorbell(broker, "n1").forged == 200


def test_a_replayed_ring_is_just_another_ring(open_redis: Open, redis_url: str, heard: Heard) -> None:
    message = signed_for(open_redis, redis_url, "n1")
    broker = open_redis()
    broker.listen("n1", heard)
    put(redis_url, "n1", message)
    heard.wait(1)
    put(redis_url, "n1", message)
    heard.wait(2)
    assert heard.rings == [["stolen"]] * 2


def test_rings_and_news_reach_another_process(open_redis: Open, heard: Heard) -> None:
    here, there = open_redis(), open_redis()
    there.listen("n1", heard)
    here.ring({"n1": ["d1"]})
    heard.wait(1)
    seen = there.wait("run", there.wait("run", 0, 2), 0.3)
    answers: list[float] = []

    def wait() -> None:
        there.wait("run", seen, 10)
        answers.append(time.monotonic())

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.1)
    told = time.monotonic()
    here.tell(["run"])
    thread.join()
    assert answers[0] - told < AT_ONCE


@pytest.mark.thorough
def test_listeners_and_watchers_find_a_redis_that_was_killed_and_started_again(
    open_redis: Open, redis_server: RedisServer, heard: Heard
) -> None:
    broker, other = open_redis(), open_redis()
    broker.listen("n1", heard)
    broker.wait("run", 0, 2)
    redis_server.kill()
    assert not broker.ring({"n1": ["lost"]})
    assert not broker.answers()
    broker.tell(["run"])
    seen = broker.wait("run", 0, 0.1)
    time.sleep(1.5)  # long enough for a listener to have failed more than once
    redis_server.start()
    waited = time.monotonic()
    while broker.wait("run", seen, 3) == seen:  # who was deaf for a while is told to look for himself
        assert time.monotonic() - waited < 20
    assert other.ring({"n1": ["d1"]})
    heard.wait(1)
    assert heard.rings == [["d1"]]


@pytest.mark.thorough
def test_a_frozen_redis_holds_nobody_up_for_long(open_redis: Open, redis_server: RedisServer, heard: Heard) -> None:
    broker = open_redis()
    broker.listen("n1", heard)
    assert broker.ring({"n1": ["d1"]})
    heard.wait(1)
    redis_server.pause()
    try:
        began = time.monotonic()
        assert not broker.ring({f"n{number}": ["d1"] for number in range(10)})
        assert time.monotonic() - began < 9
    finally:
        redis_server.resume()
    limit = time.monotonic() + 20
    while len(heard.rings) < 2:  # one that the frozen server gave to a connection cut off meanwhile is lost
        assert time.monotonic() < limit
        broker.ring({"n1": ["d1"]})
        time.sleep(0.2)


def test_a_queue_nobody_listens_to_ends_by_itself(open_redis: Open, redis_url: str) -> None:
    open_redis().ring({"gone": ["d1"]})
    with Redis.from_url(redis_url) as redis:
        assert 0 < int(redis.ttl(key_of("gone"))) <= 3600


def test_what_is_no_url_is_refused_without_being_repeated() -> None:
    with pytest.raises(SiteError, match="not the URL of a broker") as refused:
        RedisBroker("hunter2@nowhere", KEY)
    assert "hunter2" not in str(refused.value)


def test_an_answer_is_shared_by_all_processes_of_a_site_and_believed_by_no_other(open_redis: Open) -> None:
    one, other, stranger = open_redis(), open_redis(), open_redis(b"another site's key")
    one.keep([Remembered("q1", "blob-a", 0.0)])
    found = other.recall("q1")
    assert found is not None
    assert found.blob == "blob-a"
    assert stranger.recall("q1") is None


def test_a_forged_moved_or_broken_answer_is_none(open_redis: Open, redis_url: str) -> None:
    broker, redis = open_redis(), Redis.from_url(redis_url)
    broker.keep([Remembered("q1", "blob-a", 0.0)])
    kept = redis.get(f"{ANSWER}q1")
    assert isinstance(kept, bytes)
    for forged in (b"", b"garbage", kept[:-1], kept[:32] + b'["blob-evil", 0.0]', bytes(32) + kept[32:]):
        redis.set(f"{ANSWER}q1", forged)
        assert broker.recall("q1") is None
    redis.set(f"{ANSWER}q2", kept)  # the answer to one question under another
    assert broker.recall("q2") is None
    assert redis.ttl(f"{ANSWER}q2") == -1
    redis.set(f"{ANSWER}q1", kept)
    assert broker.recall("q1") is not None


def test_answers_end_by_themselves_and_a_redis_that_is_away_keeps_none(
    open_redis: Open, redis_server: RedisServer, redis_url: str
) -> None:
    broker = open_redis()
    broker.keep([Remembered("q1", "blob-a", 0.0)])
    with Redis.from_url(redis_url) as redis:
        assert 0 < redis.ttl(f"{ANSWER}q1") <= KEPT
    redis_server.kill()
    broker.keep([Remembered("q2", "blob-b", 0.0)])
    assert broker.recall("q1") is None


def test_what_is_put_up_is_read_by_all_processes_of_a_site_and_believed_by_no_other(
    open_redis: Open, redis_url: str, redis_server: RedisServer
) -> None:
    one, other, stranger = open_redis(), open_redis(), open_redis(b"another site's key")
    assert one.post("w1", b"what w1 has", 600)
    assert other.posted("w1") == b"what w1 has"
    assert stranger.posted("w1") is None
    with Redis.from_url(redis_url) as redis:
        kept = redis.get(f"{POST}w1")
        assert isinstance(kept, bytes)
        assert 0 < redis.ttl(f"{POST}w1") <= 600
        redis.set(f"{POST}w2", kept)  # what one worker has, under another's name
        redis.set(f"{POST}w1", kept[:-1])
    assert (other.posted("w1"), other.posted("w2")) == (None, None)
    redis_server.kill()
    assert not one.post("w1", b"more", 600)
    with pytest.raises(ServiceError, match="the broker is away"):
        other.posted("w1")
