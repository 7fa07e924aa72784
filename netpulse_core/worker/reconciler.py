"""Looking into jobs in doubt: a few at a time, each claimed from the ledger and concluded there."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from netpulse_core.errors import ServiceError
from netpulse_core.failpoints import Point, reached
from netpulse_core.ledger.reconciling import FORGOTTEN, Reconciling
from netpulse_core.model.doubt import Doubt
from netpulse_core.runs.job import Workshop
from netpulse_core.runs.reconciling import reconciled

log = logging.getLogger(__name__)

EVERY = 5.0
"""Seconds between two questions for jobs in doubt."""

REMEMBERED = FORGOTTEN / 3
"""Seconds after which the ledger is told that what was claimed is still being looked into."""

AT_ONCE = 8
"""Jobs in doubt that one worker looks into beside each other."""


class Reconciler:
    """`life` names the node as it lives now; `told` hears of the runs that were touched."""

    def __init__(
        self,
        doubts: Reconciling,
        workshop: Workshop,
        *,
        life: Callable[[], str],
        told: Callable[[set[str]], None],
    ) -> None:
        self._doubts = doubts
        self._workshop = workshop
        self._life = life
        self._told = told
        self._lock = threading.Lock()
        self._looking: dict[tuple[int, int], Doubt] = {}
        self._told_at = time.monotonic()
        self._hands = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="reconcile")
        self._over = False

    def sweep(self) -> None:
        """Claim what is in doubt and begin to look into it; say of what is under way for long that it still is."""
        with self._lock:
            free = 0 if self._over else AT_ONCE - len(self._looking)
            looking = list(self._looking.values())
        if time.monotonic() - self._told_at >= REMEMBERED:
            self._doubts.still_looked_into(looking)
            self._told_at = time.monotonic()
        if free <= 0:
            return
        node = self._life()
        for doubt in self._doubts.claim(node, free):
            with self._lock:
                self._looking[doubt.job, doubt.fence] = doubt
            self._hands.submit(self._look, doubt, node)

    def stop(self) -> None:
        """Begin no more; what is under way is not waited for: another node takes it once this one has left."""
        with self._lock:
            self._over = True
        self._hands.shutdown(wait=False, cancel_futures=True)

    def _look(self, doubt: Doubt, node: str) -> None:
        try:
            reached(Point.LOOKING)
            finding = reconciled(doubt, self._workshop)
            if self._doubts.conclude(doubt, node, finding):
                log.info("%s in run %s: %s", doubt.device, doubt.run, finding.problem.message)
                self._told({doubt.run})
        except ServiceError as error:
            log.warning("%s stays in doubt, the ledger is away: %s", doubt.device, error)
        except Exception:  # the process loop: a job that cannot be judged stays in doubt, and the others do not
            log.exception("%s could not be looked into", doubt.device)
        finally:
            with self._lock:
                del self._looking[doubt.job, doubt.fence]
