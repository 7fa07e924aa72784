"""The ledger moves jobs as the model of the protocol does, whatever happens in whatever order."""

from collections.abc import Callable, Sequence
from random import Random

import pytest
from sqlalchemy import update

from netpulse_core.errors import Refused
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.tables import jobs, nodes
from netpulse_core.model.doubt import Doubt, Finding
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Claim, Conclusion, Problem
from netpulse_core.model.runbook import Queue
from tests.ledger.work import Worker, accepted, on
from tests.protocol.model import LINES, READ_TOO, READ_TWICE, START, Protocol, State, World

PROTOCOL = Protocol(crashes=2, lapses=2)
WALKS, READING_WALKS, LONGEST = 25, 5, 80
_READ = {0: Outcome.NOT_APPLIED, 1: Outcome.PARTIAL, LINES: Outcome.CHANGED}


class Walk:
    """The model and the ledger, taking the same steps on one device."""

    def __init__(self, ledger: Ledger, name: str, start: World = START) -> None:
        self.ledger = ledger
        self.world = start
        # A revision of its own keeps each walk's jobs from the workers of the others.
        self.runs = [
            accepted(
                ledger, name, changes=not job.diagnostic, diagnostic=job.diagnostic, queue=Queue.FIFO, revision=name
            )
            for job in start.jobs
        ]
        self.workers = [Worker(ledger, f"{name}-{number}", revision=name) for number, _ in enumerate(start.workers)]
        self.claims: dict[int, Claim] = {}
        self.doubts: dict[int, Doubt] = {}
        self.device = name

    def possible(self) -> dict[str, World]:
        """Return the model's steps that the ledger has a part in, or that are the device's alone."""
        steps = dict(PROTOCOL.steps(self.world))
        # A person who cancels what runs is heard at the gate: the ledger does not end it under its worker.
        if self.world.jobs[0].state is State.RUNNING:
            steps.pop("job 0 is cancelled", None)
        return steps

    def take(self, name: str, after: World) -> None:
        """Take a step in the ledger, and see that both are where the model says."""
        worker = next((number for number, _ in enumerate(self.workers) if f"worker {number}" in name), -1)
        job = next((number for number, _ in enumerate(self.runs) if f"job {number}" in name), -1)
        if "claims job" in name:
            after = self._claimed(worker)
        else:
            self._do(name, worker, job)
        self.world = after
        assert self._told() == [(one.state.value, one.outcome or None) for one in after.jobs], name

    def refuse(self) -> None:
        """See that nobody is given what the model gives nobody."""
        steps = list(PROTOCOL.steps(self.world))
        may = {name.split()[1] for name, _ in steps if "claims job" in name}
        looks = {name.split()[1] for name, _ in steps if "claims the doubt" in name}
        for number, worker in enumerate(self.workers):
            if self.world.workers[number].hand is None:
                assert str(number) in may or worker.claim(1) == []
                assert str(number) in looks or self.ledger.reconciling.claim(worker.name, 1) == []

    def _claimed(self, worker: int) -> World:
        (claim,) = self.workers[worker].claim(1)
        self.claims[worker] = claim
        return dict(PROTOCOL.steps(self.world))[f"worker {worker} claims job {self.runs.index(claim.run)}"]

    def _do(self, name: str, worker: int, job: int) -> None:
        hand = self.world.workers[worker].hand if worker >= 0 else None
        done = hand is not None and hand.sent == LINES
        said: dict[str, Callable[[], object]] = {
            "dies": lambda: self._end_lease(worker),
            "the lease": lambda: self._end_lease(worker),
            "opens a session": lambda: None,
            "sends a line": lambda: None,
            "commits the point": lambda: self.ledger.claims.cross(self.claims[worker], f"{self.device}-{worker}", on()),
            "may not push": lambda: self._refused(worker),
            "does not reach": lambda: self._conclude(worker, Outcome.UNREACHABLE),
            "has read": lambda: self._conclude(worker, Outcome.OK),
            "concludes job": lambda: self._conclude(worker, Outcome.CHANGED if done else Outcome.IN_DOUBT),
            "is queued again": self.ledger.reaping.reap,
            "is in doubt": self._give_up,
            "claims the doubt": lambda: self._doubted(worker),
            "reconciling job": lambda: None,
            "says what became": lambda: self._found(worker, _READ[hand.read if hand is not None else 0]),
            "is cancelled": lambda: self.ledger.stopping.cancel(self.runs[job], "ann"),
        }
        next(act for words, act in said.items() if words in name)()

    def _end_lease(self, worker: int) -> None:
        with self.ledger.database.write() as connection:
            mine = nodes.c.id == f"{self.device}-{worker}"
            connection.execute(update(nodes).where(mine).values(lease_until=nodes.c.started_at - 1))

    def _refused(self, worker: int) -> None:
        with pytest.raises(Refused):
            self.ledger.claims.cross(self.claims[worker], f"{self.device}-{worker}", on())

    def _conclude(self, worker: int, outcome: Outcome) -> None:
        self.workers[worker].conclude(self.claims[worker], Conclusion(outcome=outcome))

    def _doubted(self, worker: int) -> None:
        (self.doubts[worker],) = self.ledger.reconciling.claim(f"{self.device}-{worker}", 1)

    def _found(self, worker: int, outcome: Outcome) -> None:
        finding = Finding(outcome=outcome, problem=Problem(kind="Reconciled", message="read again"))
        self.ledger.reconciling.conclude(self.doubts[worker], f"{self.device}-{worker}", finding)

    def _give_up(self) -> None:
        with self.ledger.database.write() as connection:  # as if its own time and a lease had passed
            mine = jobs.c.device == self.device, jobs.c.pushing_at.is_not(None)
            connection.execute(update(jobs).where(*mine).values(pushing_at=jobs.c.pushing_at - 3600))
        self.ledger.reaping.reap()

    def end(self) -> None:
        """Leave nothing in doubt that a worker of the next walk would look into."""
        for number, _ in enumerate(self.workers):
            self._end_lease(number)
        self._give_up()
        for run, (state, _) in zip(self.runs, self._told(), strict=True):
            if state == State.IN_DOUBT:
                self.ledger.reaping.resolve(run, self.device, Outcome.PARTIAL, "ann", "looked at it")

    def _told(self) -> list[tuple[str, str | None]]:
        found = [self.ledger.jobs.one(run, self.device) for run in self.runs]
        return [(job.state.value, job.outcome.value if job.outcome else None) for job in found]


def _weight(name: str) -> float:
    return 0.15 if any(word in name for word in ("dies", "the lease", "cancelled", "does not reach")) else 1.0


def walked(ledger: Ledger, starts: Sequence[World]) -> set[str]:
    """Walk from each of these beginnings, and return every kind of step that was taken."""
    seen: set[str] = set()
    for seed, start in enumerate(starts):
        dice, walk = Random(seed), Walk(ledger, f"d{seed}", start)
        for _ in range(LONGEST):
            steps = walk.possible()
            if not steps:
                break
            # Misfortune is rare, or every worker would be gone before the walk has come far.
            name = dice.choices(sorted(steps), [_weight(name) for name in sorted(steps)])[0]
            walk.take(name, steps[name])
            walk.refuse()
            seen.add("".join(letter for letter in name if not letter.isdigit()))
        walk.end()
    return seen


def test_the_ledger_goes_where_the_model_goes(ledger: Ledger) -> None:
    seen = walked(ledger, [START] * WALKS)
    assert len(seen) == 16, seen  # every kind of step was taken


def test_and_where_a_device_in_doubt_is_read(ledger: Ledger) -> None:
    seen = walked(ledger, [READ_TOO, READ_TWICE] * READING_WALKS)
    assert "worker  has read for job " in seen
