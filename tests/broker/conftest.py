"""A broker of either kind, and what a listener heard."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing

import pytest

from netpulse_core.broker.broker import Broker
from netpulse_core.broker.memory import MemoryBroker
from netpulse_core.broker.redis import RedisBroker

KEY = b"the key of these tests"
Open = Callable[..., RedisBroker]


class Heard:
    """The rings a listener heard, to wait for."""

    def __init__(self) -> None:
        self.rings: list[list[str]] = []
        self._changed = threading.Condition()

    def __call__(self, devices: Sequence[str]) -> None:
        with self._changed:
            self.rings.append(list(devices))
            self._changed.notify_all()

    def wait(self, count: int, timeout: float = 10.0) -> float:
        """Wait for so many rings and return the seconds it took."""
        began = time.monotonic()
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.rings) >= count, timeout), self.rings
        return time.monotonic() - began


@pytest.fixture
def heard() -> Heard:
    """What a listener hears."""
    return Heard()


@pytest.fixture
def open_redis(redis_url: str) -> Iterator[Open]:
    """Open brokers on one Redis, each as another process would."""
    with ExitStack() as stack:
        yield lambda key=KEY: stack.enter_context(closing(RedisBroker(redis_url, key)))


@pytest.fixture(params=["memory", "redis"])
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """Each broker in turn."""
    if request.param == "redis":
        yield request.getfixturevalue("open_redis")()
        return
    with closing(MemoryBroker()) as opened:
        yield opened
