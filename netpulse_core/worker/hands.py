"""The jobs a node is running now: one thread each, counted as slots, overdue ones told from the rest."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from netpulse_core.model.run import Claim, Conclusion
from netpulse_core.runs.job import Workshop, run_job
from netpulse_core.worker.gate import LedgerGate

OVERTIME = 15.0
"""Seconds past its timeout after which a job that does not return is concluded without it."""


@dataclass(slots=True, eq=False)
class Hand:
    """One job under way."""

    claim: Claim
    gate: LedgerGate
    began: float
    thread: threading.Thread = field(init=False)


Done = Callable[[Claim, Conclusion], None]


class Hands:
    """Runs claimed jobs beside each other; `done` is called from the job's thread."""

    def __init__(self, workshop: Workshop, done: Done) -> None:
        self._workshop = workshop
        self._done = done
        self._lock = threading.Lock()
        self._busy: set[Hand] = set()

    def __len__(self) -> int:
        with self._lock:
            return len(self._busy)

    def take(self, claim: Claim, gate: LedgerGate) -> None:
        """Start a job."""
        hand = Hand(claim, gate, time.monotonic())
        hand.thread = threading.Thread(
            target=self._work, args=(hand,), name=f"job-{claim.job}-{claim.device}", daemon=True
        )
        with self._lock:
            self._busy.add(hand)
        hand.thread.start()

    def overdue(self) -> list[Hand]:
        """Let go of jobs that do not come back, and return them: their threads can no longer conclude anything."""
        with self._lock:
            late = [hand for hand in self._busy if time.monotonic() - hand.began > hand.claim.timeout + OVERTIME]
            self._busy.difference_update(late)
        return late

    def close_gates(self, why: str) -> None:
        """Let no job that has not begun its change begin it."""
        with self._lock:
            busy = list(self._busy)
        for hand in busy:
            hand.gate.close(why)

    def wait(self, seconds: float) -> bool:
        """Wait until no job is under way; False when some are still after this time."""
        until = time.monotonic() + seconds
        while True:
            with self._lock:
                hand = next(iter(self._busy), None)
            if hand is None:
                return True
            left = until - time.monotonic()
            if left <= 0:
                return False
            hand.thread.join(min(left, 0.5))

    def _work(self, hand: Hand) -> None:
        conclusion = run_job(hand.claim, hand.gate, self._workshop)
        with self._lock:
            if hand not in self._busy:
                return  # it was concluded as overdue
            self._busy.discard(hand)
        self._done(hand.claim, conclusion)
