"""A bound on opening as a whole: libraries bound each of their steps, and not their sum."""

import threading
import time
from collections.abc import Callable


class Deadline:
    """Breaks off what is being opened at a monotonic instant, unless the block has ended by then."""

    def __init__(self, break_off: Callable[[], None], until: float) -> None:
        self.expired = False
        self._break_off = break_off
        self._timer = threading.Timer(max(0.0, until - time.monotonic()), self._expire)
        self._timer.daemon = True

    def __enter__(self) -> "Deadline":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _expire(self) -> None:
        self.expired = True
        self._break_off()
