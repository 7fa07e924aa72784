"""Comparing runs that judged with what stood before them, one run after the other, by one worker at a time."""

import logging

from netpulse_core.ledger.ledger import Ledger
from netpulse_core.worker.life import Life

log = logging.getLogger(__name__)

EVERY = 2.0
"""Seconds between two looks."""

NAME = "compliance"


class Folder:
    """Keeps what stands of devices and checks."""

    def __init__(self, ledger: Ledger, life: Life) -> None:
        self._ledger = ledger
        self._life = life

    def work(self) -> None:
        """Compare what is over, unless another worker is at it."""
        for run in self._ledger.folding.due():
            while self._mine() and self._ledger.folding.fold(run):
                pass
            log.debug("run %s was compared with what stood before it", run)

    def _mine(self) -> bool:
        return self._ledger.leases.take(NAME, f"{self._life.name} {self._life.id}")
