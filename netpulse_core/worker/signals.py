"""SIGTERM and Ctrl-C: the first asks a process to stop, the second not to wait."""

import signal
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue


class Signals:
    """Takes both from now on; made in the main thread."""

    def __init__(self) -> None:
        # Not an Event: a handler runs in between the steps of whoever waits, and an Event's lock would wait for itself.
        self._come: SimpleQueue[int] = SimpleQueue()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, _: self._come.put(number))

    def wait(self) -> None:
        """Block until the next."""
        self._come.get()

    def come(self, seconds: float) -> bool:
        """Whether one comes within so many seconds."""
        try:
            self._come.get(timeout=seconds)
        except Empty:
            return False
        return True

    def at_the_next(self, do: Callable[[], None]) -> None:
        """Do this at the next, while the main thread is at something else."""

        def watch() -> None:
            self._come.get()
            do()

        threading.Thread(target=watch, name="signals", daemon=True).start()
