"""The broker between processes: Huey's priority queue on Redis, and Redis channels for live events."""

import logging
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from huey.storage import PriorityRedisStorage
from limits.storage import RedisStorage
from redis import Redis
from redis.client import PubSub
from redis.exceptions import ConnectionError as LostConnection
from redis.exceptions import RedisError

from netpulse_core.broker.address import connections
from netpulse_core.broker.cache import KEPT as ANSWERS_KEPT
from netpulse_core.broker.cache import Remembered, sealed, unsealed
from netpulse_core.broker.doorbell import Doorbell, Listener, Wake, heard
from netpulse_core.broker.news import News
from netpulse_core.broker.posts import signed, verified
from netpulse_core.broker.rates import Rates
from netpulse_core.errors import ServiceError

log = logging.getLogger(__name__)

CHANNEL = "netpulse:news"
POST = "netpulse:post:"
ANSWER = "netpulse:answer:"
RATE = "netpulse:rate"
KEPT = 3600
"""Seconds that rings for a node nobody listens for any more stay in Redis."""
SILENCE = 5.0
"""Seconds without a word after which Redis is asked for one, and then given up: a machine that is lost says nothing."""


class RedisBroker:
    """Broker on a Redis server, or on the master of several; `key` signs the doorbells."""

    def __init__(self, url: str, key: bytes) -> None:
        self._pool = connections(url)
        self._redis = Redis(connection_pool=self._pool)
        self.rates = Rates(key, RedisStorage("redis://", connection_pool=self._pool, key_prefix=RATE))
        self._key = key
        self._lock = threading.Lock()
        self._doorbells: dict[str, Doorbell] = {}
        self._listeners: list[Listener] = []
        self._news = News()
        self._closing = threading.Event()
        self._ear: threading.Thread | None = None

    def ring(self, rings: Mapping[str, Sequence[str]]) -> bool:
        """Ring each queue with its devices; False where Redis is away."""
        try:
            for name, devices in rings.items():
                self._doorbell(name).ring(devices)
        except (RedisError, OSError) as error:
            log.warning("Redis is away, workers will find the work at their next sweep: %s", error)
            return False
        return True

    def listen(self, queue: str, wake: Wake) -> Listener:
        """Call `wake` for each ring of a queue, until stopped."""
        listener = self._doorbell(queue).listen(wake)
        self._listeners.append(listener)
        return listener

    def heard(self) -> dict[str, int]:
        """Return how many rings this process heard, and how many of what sort."""
        with self._lock:
            return heard(self._doorbells.values())

    def tell(self, runs: Iterable[str]) -> None:
        """Say that these runs have news in the ledger."""
        names = list(runs)
        self._news.tell(names)
        try:
            for run in names:
                self._redis.publish(CHANNEL, run)
        except (RedisError, OSError) as error:
            log.debug("Redis is away, watchers will look again by themselves: %s", error)

    def wait(self, run: str, seen: int, timeout: float) -> int:
        """Wait until a run has news since `seen`, or the timeout."""
        with self._lock:
            if self._ear is None:
                self._ear = threading.Thread(target=self._hear, name="news", daemon=True)
                self._ear.start()
        return self._news.wait(run, seen, timeout)

    def recall(self, key: str) -> Remembered | None:
        """Return what answered a question last, its age by Redis' own clock; None where Redis is away."""
        try:
            with self._redis.pipeline(transaction=False) as asked:
                asked.get(ANSWER + key)
                asked.time()
                kept, now = asked.execute()
        except (RedisError, OSError) as error:
            log.debug("Redis is away, the device is asked instead: %s", error)
            return None
        return None if kept is None else unsealed(self._key, key, kept, _seconds(now))

    def keep(self, entries: Sequence[Remembered]) -> None:
        """Remember what answered these questions; nothing is remembered where Redis is away."""
        if not entries:
            return
        try:
            now = _seconds(self._redis.time())
            with self._redis.pipeline(transaction=False) as asked:
                for entry in entries:
                    asked.set(ANSWER + entry.key, sealed(self._key, entry, now), ex=int(ANSWERS_KEPT))
                asked.execute()
        except (RedisError, OSError) as error:
            log.debug("Redis is away, these answers are not remembered: %s", error)

    def post(self, name: str, text: bytes, seconds: float) -> bool:
        """Put a text up for so long; False where Redis is away."""
        try:
            self._redis.set(POST + name, signed(self._key, name, text), px=max(1, round(seconds * 1000)))
        except (RedisError, OSError) as error:
            log.debug("Redis is away, %s is not put up: %s", name, error)
            return False
        return True

    def posted(self, name: str) -> bytes | None:
        """Return what is up under this name, or None; raise ServiceError where Redis is away."""
        try:
            kept = self._redis.get(POST + name)
        except (RedisError, OSError) as error:
            raise ServiceError("the broker is away", hint="what workers show is read there") from error
        return verified(self._key, name, kept) if isinstance(kept, bytes) else None

    def answers(self) -> bool:
        """Whether Redis answers now."""
        try:
            return bool(self._redis.ping())
        except (RedisError, OSError):
            return False

    def close(self) -> None:
        """Stop hearing and let the connections go."""
        self._closing.set()
        self._news.close()
        for listener in self._listeners:
            listener.stop()
        if self._ear is not None:
            self._ear.join()
        self._pool.close()

    def _hear(self) -> None:
        while not self._closing.is_set():
            try:
                with self._redis.pubsub(ignore_subscribe_messages=True) as channel:  # type: ignore[no-untyped-call]
                    channel.subscribe(CHANNEL)
                    self._news.missed()
                    self._hear_on(channel)
            except (RedisError, OSError):
                self._closing.wait(1.0)

    def _hear_on(self, channel: PubSub) -> None:
        until, asked = time.monotonic() + SILENCE, False
        while not self._closing.is_set():
            message = channel.get_message(timeout=1.0)
            if message is not None:
                until, asked = time.monotonic() + SILENCE, False
                if message["type"] == "message":
                    self._news.tell([message["data"].decode(errors="replace")])
            elif time.monotonic() > until:
                if asked:
                    raise LostConnection("it does not say whether it is there")
                channel.ping()
                until, asked = time.monotonic() + SILENCE, True

    def _doorbell(self, name: str) -> Doorbell:
        with self._lock:
            if name not in self._doorbells:
                self._doorbells[name] = Doorbell(name, self._key, self._storage)
            return self._doorbells[name]

    def _storage(self, name: str) -> Any:
        return _Expiring(name, connection_pool=self._pool)


def _seconds(now: tuple[int, int]) -> float:
    return now[0] + now[1] / 1e6


class _Expiring(PriorityRedisStorage):  # type: ignore[misc]  # huey publishes no types
    """Huey's priority queue whose key ends by itself: the queue of a node is never emptied once the node is gone."""

    def enqueue(self, data: bytes, priority: int | None = None) -> None:
        super().enqueue(data, priority)
        self.conn.expire(self.queue_key, KEPT)
