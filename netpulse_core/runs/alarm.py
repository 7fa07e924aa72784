"""One thread that rings when a job's time is over."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Alarm:
    """Calls back at a monotonic time, unless it was told not to; callbacks must be quick and must not raise."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, Callable[[], None]]] = []
        self._dropped: set[int] = set()
        self._numbers = itertools.count()
        self._closed = False
        self._thread = threading.Thread(target=self._watch, name="alarm", daemon=True)
        self._thread.start()

    @contextmanager
    def within(self, seconds: float, ring: Callable[[], None]) -> Iterator[None]:
        """Call `ring` if the block takes longer than this."""
        number = next(self._numbers)
        with self._changed:
            heapq.heappush(self._waiting, (time.monotonic() + seconds, number, ring))
            self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._dropped.add(number)

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _watch(self) -> None:
        while (ring := self._next()) is not None:
            ring()

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._closed:
                while self._waiting and self._waiting[0][1] in self._dropped:
                    self._dropped.discard(heapq.heappop(self._waiting)[1])
                left = self._waiting[0][0] - time.monotonic() if self._waiting else None
                if left is not None and left <= 0:
                    return heapq.heappop(self._waiting)[2]
                self._changed.wait(left)
            return None
