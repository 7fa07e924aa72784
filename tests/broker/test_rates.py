"""Who asks too often is told so, by every process of a site together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netpulse_core.broker.broker import Broker
from netpulse_core.broker.redis import RedisBroker

if TYPE_CHECKING:
    from tests.broker.conftest import Open
    from tests.servers.redis import RedisServer


def asked(broker: Broker, whose: str, times: int, most: int = 5) -> int:
    """Return how many of these requests may be made."""
    return sum(broker.rates.take(whose, most).allowed for _ in range(times))


def test_each_asker_has_a_minute_of_its_own(broker: Broker) -> None:
    assert asked(broker, "key a", 8) == 5
    assert asked(broker, "key b", 1) == 1
    told = broker.rates.take("key a", 5)
    assert (told.allowed, told.limit, told.remaining) == (False, 5, 0)
    assert 0 < told.resets <= 60


def test_processes_that_share_a_broker_count_together(open_redis: Open) -> None:
    first, second = open_redis(), open_redis()
    assert asked(first, "key a", 3) + asked(second, "key a", 8) == 5


def test_names_in_redis_say_nothing_of_who_asks(open_redis: Open) -> None:
    broker: RedisBroker = open_redis()
    asked(broker, "key np_0123_secret", 1)
    names = [str(name) for name in broker._redis.keys("*")]
    assert [name for name in names if "netpulse:rate" in name]
    assert not [name for name in names if "np_0123" in name or "secret" in name]


def test_without_redis_a_process_counts_by_itself(open_redis: Open, redis_server: RedisServer) -> None:
    broker = open_redis()
    redis_server.kill()
    assert asked(broker, "key a", 8) == 5
