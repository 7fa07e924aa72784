"""The jobs a node is running now: a thread for each, counted as slots, overdue ones told from the rest."""

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from netpulse_core.errors import Cancelled
from netpulse_core.failpoints import Point, reached
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Claim, Conclusion, Problem, to_resolve
from netpulse_core.runs.alarm import Alarm
from netpulse_core.runs.job import time_for
from netpulse_core.runs.stopper import Stopper
from netpulse_core.worker.crew import Crew
from netpulse_core.worker.gate import LedgerGate
from netpulse_core.worker.switching import Turns

OVERTIME = 15.0
"""Seconds past its time after which a job that does not return is concluded without it."""

ALONE = 90.0
"""Seconds more for one that a process of its own must be begun for; see `worker/alone.py`, which keeps its time."""

UNOPENED = 15.0
"""Seconds until a job is tried again whose parameters do not open here."""

GATHER = 0.0002
"""Seconds for each job under way that is waited for others to end too: 40 ms at most where 200 are."""

LEAST = 0.002
"""Seconds that are not worth waiting for."""

NO_THREAD = 5.0
"""Seconds until a job that the machine had no thread for is tried again: at once there would be none either."""

TAKEN = "the ledger has taken it from its worker"
"""Why a job is broken off that others have by now: whatever is said of it here changes nothing any more."""


@dataclass(slots=True, eq=False)
class Hand:
    """One job under way."""

    claim: Claim
    gate: LedgerGate
    began: float
    stopper: Stopper = field(default_factory=Stopper)
    stopped: float | None = None
    """When it was asked to stop."""
    instead: Conclusion | None = None
    """What is concluded of it whatever it says, because it was handed back before its change began."""

    @property
    def late(self) -> bool:
        """Whether it should have come back long ago."""
        now = time.monotonic()
        over = now - self.began > time_for(self.claim) + OVERTIME + (ALONE if self.claim.crashes else 0.0)
        return over or (self.stopped is not None and now - self.stopped > OVERTIME)


Run = Callable[[Claim, LedgerGate, Stopper], Conclusion]
Done = Callable[[Claim, Conclusion], None]


class Hands:
    """Runs claimed jobs beside each other; `done` is called once for each, from whichever thread ended it."""

    def __init__(self, run: Run, done: Done, alarm: Alarm) -> None:
        self._run = run
        self._alarm = alarm
        self._done = done
        self._crew = Crew()
        self._lock = threading.Lock()
        self._busy: set[Hand] = set()
        self._given_up = ""
        """Why nothing is begun any more."""
        self._turns = Turns()

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
        with self._lock:
            self._busy.add(hand)
            self._turns.suit(len(self._busy))
        if self._given_up:  # the claim was on its way meanwhile
            self._end(hand, handed_back(claim, self._given_up))
            return
        if claim.unopened:  # another worker may have the key; the deadline says for how long it is waited for
            self._end(hand, handed_back(claim, f"{claim.unopened}; nothing was sent", UNOPENED))
            return
        try:
            self._crew.do(f"job-{claim.job}-{claim.device}", lambda: self._work(hand))
        except RuntimeError as error:  # the machine has no thread left
            self._end(hand, handed_back(claim, f"no thread could be started: {error}", NO_THREAD))

    def let_go_of_the_overdue(self) -> list[Claim]:
        """Conclude jobs that do not come back, and return them: their threads can no longer conclude anything."""
        return [hand.claim for hand in self._now() if hand.late and self._break_off(hand, _never_returned(hand))]

    def hand_back(self, why: str, *, changes_only: bool = False) -> None:
        """Break off what has not begun a change and put it back into the queue; what has begun one goes on."""
        for hand in self._now():
            if changes_only and not hand.claim.changes:
                continue
            hand.instead = handed_back(hand.claim, why)
            if hand.gate.close(why):
                self._break_off(hand, hand.instead)
            else:
                hand.instead = None

    def let_go(self, taken: Collection[tuple[int, int]]) -> None:
        """Break off jobs that the ledger took from this node, each given with its fence; a change goes on."""
        for hand in self._now():
            if (hand.claim.job, hand.claim.fence) in taken and hand.gate.close(TAKEN):
                self._break_off(hand, handed_back(hand.claim, TAKEN))

    def give_up(self, why: str) -> list[Claim]:
        """Conclude what is still under way as in doubt, and return it: nothing is begun after that."""
        with self._lock:  # what is taken from now on is handed back, and what was taken before is seen below
            self._given_up = why
        self.hand_back(why)
        doubtful = [hand.claim for hand in self._now() if self._break_off(hand, _in_doubt(hand, why))]
        self._turns.end()
        return doubtful

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
                self._alarm.soon(hand.stopper.ask)

    def gather(self, stopping: threading.Event) -> None:
        """Wait a moment for what ends together to be concluded together, for as long as many are under way."""
        until = time.monotonic() + GATHER * len(self)
        while (left := min(until - time.monotonic(), GATHER * len(self))) > LEAST and not stopping.is_set():
            stopping.wait(min(left, 3 * LEAST))

    def _now(self) -> list[Hand]:
        with self._lock:
            return list(self._busy)

    def _work(self, hand: Hand) -> None:
        conclusion = self._run(hand.claim, hand.gate, hand.stopper)
        # A gate that closed in its face is no outcome of the job's: who closed it has said what is.
        instead = hand.instead if not hand.gate.crossed else None
        self._end(hand, instead or conclusion)

    def _break_off(self, hand: Hand, conclusion: Conclusion) -> bool:
        """Conclude a job that is at work, and have it send nothing more."""
        ended = self._end(hand, conclusion)
        if ended:
            self._alarm.soon(hand.stopper.ask)
        return ended

    def _end(self, hand: Hand, conclusion: Conclusion) -> bool:
        """Conclude a job, unless somebody has."""
        # One step under the lock: in between, a node that is stopping would see neither the job nor its conclusion.
        with self._lock:
            if hand not in self._busy:
                return False
            self._busy.discard(hand)
            self._turns.suit(len(self._busy))
            reached(Point.ENDED)
            self._done(hand.claim, conclusion)
            return True


def handed_back(claim: Claim, why: str, retry_in: float = 0.0) -> Conclusion:
    """Return that a job goes back to the queue, no attempt counted.

    Its outcome holds where the ledger says that it has begun its change and the answer was lost: nothing was sent.
    """
    problem = Problem(kind="HandedBack", message=f"{claim.device}: {why}")
    return Conclusion(outcome=Outcome.NOT_APPLIED, problem=problem, retry_in=retry_in, handed_back=True)


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


def _in_doubt(hand: Hand, why: str) -> Conclusion:
    hint = to_resolve(hand.claim.run, hand.claim.device)
    problem = Problem(kind="InDoubt", message=f"{hand.claim.device}: {why} in the middle of the change", hint=hint)
    return Conclusion(outcome=Outcome.IN_DOUBT, problem=problem, elapsed=time.monotonic() - hand.began)
