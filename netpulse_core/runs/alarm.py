"""One thread that rings when a job's time is over."""

import heapq
import itertools
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from netpulse_core.lease import uptime

log = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds between looks at the clock: what waits by the system does not count the time that a machine was suspended."""


class Alarm:
    """Calls back when time has passed, that of a suspended machine too; callbacks must be quick."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._times: list[tuple[float, int]] = []
        self._rings: dict[int, Callable[[], None]] = {}
        self._numbers = itertools.count()
        self._closed = False
        self._thread = threading.Thread(target=self._watch, name="alarm", daemon=True)
        self._thread.start()

    @contextmanager
    def within(self, seconds: float, ring: Callable[[], None]) -> Iterator[None]:
        """Call `ring` if the block takes longer than this; it may still be under way when the block has ended."""
        number = self._set(seconds, ring)
        try:
            yield
        finally:
            with self._changed:
                self._rings.pop(number, None)

    def soon(self, ring: Callable[[], None]) -> None:
        """Call `ring` now, on this thread and not on the caller's."""
        self._set(0.0, ring)

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _set(self, seconds: float, ring: Callable[[], None]) -> int:
        with self._changed:
            number = next(self._numbers)
            self._rings[number] = ring
            time_and_number = uptime() + seconds, number
            heapq.heappush(self._times, time_and_number)
            if self._times[0] is time_and_number:  # later ones are seen when what comes before them has passed
                self._changed.notify()
            return number

    def _watch(self) -> None:
        while (ring := self._next()) is not None:
            try:
                ring()
            except Exception:  # the process loop: an alarm that stops leaves every later job without a deadline
                log.exception("a job whose time is over could not be broken off")

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._closed:
                while self._times and self._times[0][1] not in self._rings:
                    heapq.heappop(self._times)
                left = self._times[0][0] - uptime() if self._times else None
                if left is not None and left <= 0:
                    return self._rings.pop(heapq.heappop(self._times)[1])
                self._changed.wait(None if left is None else min(left, LOOK))
            return None
