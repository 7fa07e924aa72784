"""Doorbells that nobody of NetPulse rang: doubled, replayed, signed with another key or for another queue, garbage."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from random import Random
from typing import Any

from huey.storage import BaseStorage, PriorityRedisStorage
from redis import ConnectionPool

from netpulse_core.broker.broker import FIFO
from netpulse_core.broker.doorbell import Doorbell
from netpulse_core.broker.message import queue_name
from netpulse_core.ledger.ledger import Ledger
from tests.faults.installation import SECRET_KEY

COPIES = 20


class _Kept(BaseStorage):  # type: ignore[misc]  # huey publishes no types
    """Keeps what is enqueued instead of sending it."""

    def __init__(self, name: str = "", **options: Any) -> None:
        super().__init__(name, **options)
        self.messages: list[bytes] = []

    def enqueue(self, data: bytes, priority: int | None = None) -> None:
        self.messages.append(data)


def ring(broker: str, ledger: str, devices: Sequence[str], dice: Random) -> None:
    """Put all of it into the queues of the nodes there are."""
    with closing(Ledger(ledger)) as opened:
        nodes = [node.id for node in opened.nodes.recent() if node.alive]
    pool = ConnectionPool.from_url(broker, socket_timeout=3.0)
    try:
        for name in (FIFO, *nodes):
            storage = PriorityRedisStorage(queue_name(name), connection_pool=pool)
            for message in _messages(name, devices, dice):
                storage.enqueue(message, 0)
    finally:
        pool.disconnect()


def _messages(name: str, devices: Sequence[str], dice: Random) -> Iterator[bytes]:
    key, some = SECRET_KEY.encode(), dice.sample(list(devices), min(5, len(devices)))
    true = _signed(key, name, some)
    yield from [true] * COPIES
    yield _signed(b"another key", name, some)
    yield _signed(key, f"{name} of another", some)
    yield true[:-1]
    yield dice.randbytes(200)
    yield b""
    yield b"\x80\x04cos\nsystem\n(S'touch /tmp/unpickled'\ntR."


def _signed(key: bytes, name: str, devices: Sequence[str]) -> bytes:
    kept = _Kept()
    Doorbell(name, key, lambda _: kept).ring(devices)
    return kept.messages[0]
