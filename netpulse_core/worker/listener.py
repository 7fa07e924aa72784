"""One plugin that is told of events: in a thread of its own, within a time of its own."""

import threading
import time
from collections.abc import Callable, Sequence

from netpulse_core.model.events import Event

BOUND = 10.0
"""Seconds a plugin may take over one event."""

Told = Sequence[tuple[int, Event]]
"""Events with their positions."""


class Listener:
    """Tells a plugin one batch of events after another; `woken` is called when it is ready for the next."""

    def __init__(self, plugin: str, tell: Callable[[str, Event], None], woken: Callable[[], None]) -> None:
        self.plugin = plugin
        self._tell = tell
        self._woken = woken
        self._lock = threading.Lock()
        self._batch: Told | None = None
        self._event: tuple[int, Event] | None = None
        self._began = 0.0
        self._working = False
        self.position = 0
        """Of the last event it was told here."""

    @property
    def ready(self) -> bool:
        """Whether it may be told something; not so where it has still not returned from what was given up."""
        with self._lock:
            return not self._working

    @property
    def busy(self) -> bool:
        """Whether it is being told what counts."""
        with self._lock:
            return self._batch is not None

    def take(self, batch: Told) -> None:
        """Begin to tell a batch; only while it is ready."""
        with self._lock:
            self._batch, self._working = batch, True
        thread = threading.Thread(target=self._work, args=(batch,), name=f"observe-{self.plugin}", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the machine has no thread left: nothing of it was told
            with self._lock:
                self._batch, self._working = None, False
            raise

    def overdue(self) -> Event | None:
        """Give up an event that the plugin does not return from, and with it the batch; return it, or None."""
        with self._lock:
            if self._batch is None or self._event is None or time.monotonic() - self._began < BOUND:
                return None
            self.position, late = self._event
            self._batch = None
            return late

    def drop(self) -> None:
        """Tell nothing more of the batch after the event it is at."""
        with self._lock:
            self._batch = None

    def _work(self, batch: Told) -> None:
        try:
            for one in batch:
                if not self._begin(batch, one):
                    return
                self._tell(self.plugin, one[1])
                self._end(batch, one)
        finally:
            with self._lock:
                self._working, self._event = False, None
                if self._batch is batch:
                    self._batch = None
            self._woken()

    def _begin(self, batch: Told, one: tuple[int, Event]) -> bool:
        with self._lock:
            self._event, self._began = one, time.monotonic()
            return self._batch is batch

    def _end(self, batch: Told, one: tuple[int, Event]) -> None:
        with self._lock:
            if self._batch is batch:
                self.position = one[0]
