"""What a node does again and again beside its jobs."""

import logging
import threading
from collections.abc import Callable

from netpulse_core.errors import ServiceError

log = logging.getLogger(__name__)


class Chore:
    """A thread of its own that does one thing every so many seconds; what fails is told, and tried again."""

    def __init__(self, name: str, work: Callable[[], object], *, every: float) -> None:
        self._name = name
        self._work = work
        self._every = every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_at_it, name=f"node-{name}", daemon=True)

    def start(self) -> None:
        """Begin, the first time after one whole pause."""
        self._thread.start()

    def stop(self) -> None:
        """Do it no more; returns once what is under way has ended."""
        self._over.set()
        self._thread.join()

    def _keep_at_it(self) -> None:
        while not self._over.wait(self._every):
            try:
                self._work()
            except ServiceError as error:
                log.warning("%s: the ledger or the broker is away, trying again: %s", self._name, error)
            except Exception:  # the process loop: one failure must not end what the node needs for as long as it lives
                log.exception("%s failed, trying again", self._name)
