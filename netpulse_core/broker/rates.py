"""How often somebody asks, counted by every process that shares the broker."""

import hashlib
import logging
import time
from typing import NamedTuple

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage, Storage
from limits.strategies import SlidingWindowCounterRateLimiter
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


class Taken(NamedTuple):
    """One request counted: whether it may be made, of how many a minute, how many are left, and when there is more."""

    allowed: bool
    limit: int
    remaining: int
    resets: float
    """Seconds until one more is left."""


class Rates:
    """Counts within a sliding minute; where Redis is away each process counts for itself, and nobody is let in free.

    `key` hides who asks: names in Redis must say nothing of an API key.
    """

    def __init__(self, key: bytes, shared: Storage | None = None) -> None:
        self._key = hashlib.sha256(key).digest()
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared = SlidingWindowCounterRateLimiter(shared) if shared is not None else None

    @property
    def waits(self) -> bool:
        """Whether counting asks a server, and so may take its time."""
        return self._shared is not None

    def take(self, whose: str, most: int) -> Taken:
        """Count one request of somebody who may make so many a minute."""
        name = hashlib.blake2b(whose.encode("utf-8", "surrogateescape"), key=self._key, digest_size=16).hexdigest()
        item = RateLimitItemPerMinute(most)
        if self._shared is not None:
            try:
                return _taken(self._shared, item, name)
            except (RedisError, OSError) as error:
                log.debug("Redis is away, this process counts requests by itself: %s", error)
        return _taken(self._own, item, name)


def _taken(limiter: SlidingWindowCounterRateLimiter, item: RateLimitItemPerMinute, name: str) -> Taken:
    allowed = limiter.hit(item, name)
    stats = limiter.get_window_stats(item, name)
    return Taken(allowed, item.amount, stats.remaining, max(0.0, stats.reset_time - time.time()))
