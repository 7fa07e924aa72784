"""The jobs a node is running now: one thread each, counted as slots, overdue ones told from the rest."""

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from netpulse_core.errors import Cancelled
from netpulse_core.failpoints import Point, reached
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Claim, Conclusion, Problem, to_resolve
from netpulse_core.runs.job import Workshop, run_job, time_for
from netpulse_core.runs.stopper import Stopper
from netpulse_core.worker.gate import LedgerGate

OVERTIME = 15.0
"""Seconds past its time after which a job that does not return is concluded without it."""

NO_THREAD = 5.0
"""Seconds until a job that the machine had no thread for is tried again: at once there would be none either."""


@dataclass(slots=True, eq=False)
class Hand:
    """One job under way."""

    claim: Claim
    gate: LedgerGate
    began: float
    stopper: Stopper = field(default_factory=Stopper)
    stopped: float | None = None
    """When it was asked to stop."""
    thread: threading.Thread = field(init=False)

    @property
    def late(self) -> bool:
        """Whether it should have come back long ago."""
        now = time.monotonic()
        over = now - self.began > time_for(self.claim) + OVERTIME
        return over or (self.stopped is not None and now - self.stopped > OVERTIME)


Done = Callable[[Claim, Conclusion], None]


class Hands:
    """Runs claimed jobs beside each other; `done` is called once for each, from whichever thread ended it."""

    def __init__(self, workshop: Workshop, done: Done) -> None:
        self._workshop = workshop
        self._done = done
        self._lock = threading.Lock()
        self._busy: set[Hand] = set()

    def __len__(self) -> int:
        with self._lock:
            return len(self._busy)

    def claims(self) -> list[Claim]:
        """Return what is under way."""
        with self._lock:
            return [hand.claim for hand in self._busy]

    def take(self, claim: Claim, gate: LedgerGate) -> None:
        """Start a job."""
        hand = Hand(claim, gate, time.monotonic())
        hand.thread = threading.Thread(
            target=self._work, args=(hand,), name=f"job-{claim.job}-{claim.device}", daemon=True
        )
        with self._lock:
            self._busy.add(hand)
        try:
            hand.thread.start()
        except RuntimeError as error:  # the machine has no thread left
            self._end(hand, _put_back(hand, f"no thread could be started: {error}", NO_THREAD))

    def let_go_of_the_overdue(self) -> list[Claim]:
        """Conclude jobs that do not come back, and return them: their threads can no longer conclude anything."""
        with self._lock:
            late = [hand for hand in self._busy if hand.late]
        return [hand.claim for hand in late if self._end(hand, _never_returned(hand))]

    def let_go_of_all(self, why: str) -> list[Claim]:
        """Conclude what is still under way, because the node ends: a read is queued again, a push is in doubt."""
        with self._lock:
            busy = list(self._busy)
        return [hand.claim for hand in busy if self._end(hand, _broken_off(hand, why))]

    def busy_with(self, keys: Collection[str]) -> bool:
        """Whether a job is under way on one of these devices."""
        wanted = frozenset(keys)
        with self._lock:
            return any(hand.claim.key in wanted for hand in self._busy)

    def stop(self, asked: Collection[tuple[int, int]]) -> None:
        """Break off these jobs, each given with its fence, as a deadline would; none that has begun its change."""
        with self._lock:
            found = [hand for hand in self._busy if (hand.claim.job, hand.claim.fence) in asked and not hand.stopped]
        for hand in found:
            if hand.gate.close("it was cancelled", Cancelled):
                hand.stopped = time.monotonic()
                self._workshop.alarm.soon(hand.stopper.ask)

    def close_gates(self, why: str) -> None:
        """Let no job that has not begun its change begin it."""
        with self._lock:
            busy = list(self._busy)
        for hand in busy:
            hand.gate.close(why)

    def _work(self, hand: Hand) -> None:
        self._end(hand, run_job(hand.claim, hand.gate, self._workshop, hand.stopper))

    def _end(self, hand: Hand, conclusion: Conclusion | None) -> bool:
        """Conclude a job, unless somebody has; without a conclusion its node puts it back."""
        # One step under the lock: in between, a node that is stopping would see neither the job nor its conclusion.
        with self._lock:
            if hand not in self._busy:
                return False
            self._busy.discard(hand)
            reached(Point.ENDED)
            if conclusion is not None:
                self._done(hand.claim, conclusion)
            return True


def _never_returned(hand: Hand) -> Conclusion:
    hint = "a runbook must not wait without a timeout of its own"
    if hand.stopped is not None:
        outcome, what = Outcome.CANCELLED, "cancelled while it was at work; its runbook has not returned since"
    else:
        outcome = Outcome.TIMED_OUT if hand.gate.close("its time was over") else Outcome.IN_DOUBT
        what = f"the runbook did not return within {time_for(hand.claim):.4g} s, nor when stopped"
    kind = "Cancelled" if outcome is Outcome.CANCELLED else "TimedOut"
    problem = Problem(kind=kind, message=f"{hand.claim.device}: {what}", hint=hint)
    return Conclusion(outcome=outcome, problem=problem, elapsed=time.monotonic() - hand.began)


def _broken_off(hand: Hand, why: str) -> Conclusion | None:
    if hand.gate.close(why):
        # On its last attempt a conclusion could not put it back: that is left to the node, as what nobody has in hand.
        last = hand.claim.attempt >= hand.claim.attempts
        return None if last else _put_back(hand, f"{why} before the job was done")
    hint = to_resolve(hand.claim.run, hand.claim.device)
    problem = Problem(kind="InDoubt", message=f"{hand.claim.device}: {why} in the middle of the change", hint=hint)
    return Conclusion(outcome=Outcome.IN_DOUBT, problem=problem, elapsed=time.monotonic() - hand.began)


def _put_back(hand: Hand, why: str, retry_in: float = 0.0) -> Conclusion:
    problem = Problem(kind="PutBack", message=f"{hand.claim.device}: {why}")
    return Conclusion(outcome=Outcome.TIMED_OUT, problem=problem, retry_in=retry_in)
