"""Handing on what has happened: a thread of the node that makes a round when it is woken, and every sweep."""

import threading
import time
from collections.abc import Callable

from netpulse_core.dice import spread
from netpulse_core.model.node import SWEEP

PACE = 0.1
"""Seconds between two rounds at least, so that what happens at once is handed on at once."""

LAST_WORDS = 5.0
"""Seconds in which a node that ends still hands on what has just happened."""


class Rounds:
    """A thread that calls `make`, which never raises and says whether more is to come; at its very end `at_last`."""

    def __init__(self, name: str, make: Callable[[], bool], at_last: Callable[[], None] | None = None) -> None:
        self._make = make
        self._at_last = at_last
        self._wake = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_going, name=name, daemon=True)

    @property
    def over(self) -> bool:
        """Whether these are the last ones."""
        return self._over.is_set()

    def start(self) -> None:
        """Begin, with the first round after a pause."""
        self._thread.start()

    def wake(self) -> None:
        """Make one at once."""
        self._wake.set()

    def stop(self) -> None:
        """Make the last ones, and return after them."""
        self._over.set()
        self._wake.set()
        self._thread.join()

    def _keep_going(self) -> None:
        while not self._over.is_set():
            self._wake.wait(spread(SWEEP))
            self._wake.clear()
            self._make()
            self._over.wait(PACE)
        until = time.monotonic() + LAST_WORDS
        while self._make() and time.monotonic() < until:
            self._wake.wait(0.2)
            self._wake.clear()
        if self._at_last is not None:
            self._at_last()
