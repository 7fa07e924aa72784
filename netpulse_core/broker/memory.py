"""The broker of one process: the same doorbells and events, in memory."""

import queue
import threading
from collections.abc import Iterable, Mapping, Sequence

from huey.storage import BlackHoleStorage

from netpulse_core.broker.cache import MemoryCache, Remembered
from netpulse_core.broker.doorbell import Doorbell, Listener, Wake, heard
from netpulse_core.broker.news import News
from netpulse_core.broker.posts import MemoryPosts
from netpulse_core.broker.rates import Rates

PATIENCE = 0.5
"""Seconds Huey's thread waits before it looks whether it was asked to stop, unless it is woken."""


class MemoryBroker:
    """Broker within one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._doorbells: dict[str, Doorbell] = {}
        self._listeners: list[Listener] = []
        self._news = News()
        self._cache = MemoryCache()
        self._posts = MemoryPosts()
        self.rates = Rates(b"one process")

    def ring(self, rings: Mapping[str, Sequence[str]]) -> bool:
        """Ring each queue with its devices."""
        for name, devices in rings.items():
            self._doorbell(name).ring(devices)
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
        self._news.tell(runs)

    def wait(self, run: str, seen: int, timeout: float) -> int:
        """Wait until a run has news since `seen`, or the timeout."""
        return self._news.wait(run, seen, timeout)

    def recall(self, key: str) -> Remembered | None:
        """Return what answered a question last."""
        return self._cache.recall(key)

    def keep(self, entries: Sequence[Remembered]) -> None:
        """Remember what answered these questions."""
        self._cache.keep(entries)

    def post(self, name: str, text: bytes, seconds: float) -> bool:
        """Put a text up for so long."""
        self._posts.post(name, text, seconds)
        return True

    def posted(self, name: str) -> bytes | None:
        """Return what is up under this name, or None."""
        return self._posts.posted(name)

    def answers(self) -> bool:
        """Whether the broker can be reached: it is this process."""
        return True

    def close(self) -> None:
        """Wake everyone who waits, and stop listening."""
        self._news.close()
        for listener in self._listeners:
            listener.stop()

    def _doorbell(self, name: str) -> Doorbell:
        with self._lock:
            if name not in self._doorbells:
                self._doorbells[name] = Doorbell(name, b"one process", _Blocking)
            return self._doorbells[name]


class _Blocking(BlackHoleStorage):  # type: ignore[misc]  # huey publishes no types
    """Huey's storage in memory that waits for a message instead of asking again and again."""

    blocking = True
    priority = True

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._messages: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    def enqueue(self, data: bytes, priority: int | None = None) -> None:
        self._messages.put(data)

    def dequeue(self) -> bytes | None:
        try:
            return self._messages.get(timeout=PATIENCE)
        except queue.Empty:
            return None

    def wake(self) -> None:
        """Let Huey's thread look whether it was asked to stop."""
        self._messages.put(None)

    def queue_size(self) -> int:
        return self._messages.qsize()
