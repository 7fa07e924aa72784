"""SIGTERM, Ctrl-C and SIGHUP: the first asks a process to stop, the second not to wait."""

import signal
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue


class Signals:
    """Takes them from now on; made in the main thread. SIGHUP stays ignored where it is: nohup does that."""

    def __init__(self) -> None:
        # Not an Event: a handler runs in between the steps of whoever waits, and an Event's lock would wait for itself.
        self._come: SimpleQueue[int] = SimpleQueue()
        self._any = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._take)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._hang_up)

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

    def _take(self, number: int, frame: object) -> None:
        self._any = True
        self._come.put(number)

    def _hang_up(self, number: int, frame: object) -> None:
        if not self._any:  # a terminal that is closed sends it twice, and the second must not end the grace
            self._take(number, frame)
