"""Jobs that have ended and are not written down yet: never lost, only late."""

import threading
from dataclasses import replace

from netpulse_core.errors import ServiceError
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Claim, Conclusion, Problem

Done = list[tuple[Claim, Conclusion]]


class Concluded:
    """What the ledger is still to be told, in the order it happened."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._done: Done = []
        self._writing: Done = []
        """What was taken, while nobody knows yet whether it is in the ledger."""
        self._one_at_a_time = False
        self._suspected = False
        """Whether a turn has failed: a claim may have been why, so what has ended is tried without one."""

    def __len__(self) -> int:
        with self._lock:
            return len(self._done)

    @property
    def alone(self) -> bool:
        """Whether nothing is to be claimed in the turn that writes down what is taken now."""
        with self._lock:
            return self._suspected

    def add(self, claim: Claim, conclusion: Conclusion) -> None:
        """Note what became of a job."""
        with self._lock:
            self._done.append((claim, conclusion))

    def claims(self) -> list[Claim]:
        """Return the jobs that are still to be written down."""
        with self._lock:
            return [claim for claim, _ in (*self._writing, *self._done)]

    def changes(self) -> list[Claim]:
        """Return the changes among them: the ledger will have them in doubt if it is never told."""
        with self._lock:
            known = *self._writing, *self._done
            return [claim for claim, conclusion in known if claim.changes and not conclusion.uncounted]

    def take(self) -> Done:
        """Return what is to be written now; it is given back or it was written."""
        with self._lock:
            count = 1 if self._one_at_a_time else len(self._done)
            self._writing, self._done = self._done[:count], self._done[count:]
            return self._writing

    def written(self) -> None:
        """Note that what was taken is in the ledger."""
        with self._lock:
            self._writing = []
            self._suspected = self._one_at_a_time = self._one_at_a_time and bool(self._done)

    def give_back(self, done: Done, error: BaseException, *, claiming: bool = False) -> None:
        """Keep what could not be written; `claiming` says that the same turn was to claim jobs.

        One that cannot be written must not keep back the others: they are tried without a claim, then one by one, and
        the one that fails alone is concluded without its outputs, after all others.
        """
        ours = isinstance(error, ServiceError)
        with self._lock:
            if self._one_at_a_time and len(done) == 1 and not ours:
                self._done.append((done[0][0], _unwritable(done[0][1], error)))
            else:
                self._done[:0] = done
            self._suspected = not ours
            self._one_at_a_time = not ours and not claiming
            self._writing = []


def _unwritable(conclusion: Conclusion, error: BaseException) -> Conclusion:
    problem = Problem(kind="Unwritable", message=f"the outputs could not be recorded: {type(error).__name__}")
    bare = replace(conclusion, steps=(), captures=(), answers=())
    if not conclusion.steps and not conclusion.captures:
        return bare
    # What was read to be kept was the work: a backup of which nothing is kept is none.
    failed = bool(conclusion.captures) and conclusion.outcome is Outcome.OK
    return replace(bare, problem=problem, outcome=Outcome.FAILED if failed else conclusion.outcome)
