"""Who waits for news of a run inside this process."""

import threading
from collections import OrderedDict
from collections.abc import Iterable

REMEMBERED = 10_000
"""Runs whose count is kept; a waiter of a forgotten one wakes once for nothing."""


class News:
    """Counts the news of each run and wakes who waits for it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._told = 0
        self._missed = 0
        self._closed = False

    def tell(self, runs: Iterable[str]) -> None:
        """Wake everyone who waits for one of these runs."""
        with self._changed:
            for run in runs:
                self._told += 1  # one count for all runs, so that a forgotten run never comes back to an old number
                self._counts[run] = self._told
                self._counts.move_to_end(run)
            while len(self._counts) > REMEMBERED:
                self._counts.popitem(last=False)
            self._changed.notify_all()

    def missed(self) -> None:
        """Wake everyone to look for himself: what was told before now may not have been heard."""
        with self._changed:
            self._told += 1
            self._missed = self._told
            self._changed.notify_all()

    def wait(self, run: str, seen: int, timeout: float) -> int:
        """Wait until the count of a run is not `seen`, or the timeout, and return it."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._count(run) != seen, timeout)
            return self._count(run)

    def close(self) -> None:
        """Wake everyone, for good."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _count(self, run: str) -> int:
        return max(self._counts.get(run, 0), self._missed)
