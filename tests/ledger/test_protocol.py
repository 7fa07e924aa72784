"""The ledger moves jobs as the model of the protocol does, whatever happens in whatever order."""

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

import pytest
from sqlalchemy import update

from netpulse_core.errors import Cancelled, Conflict, Frozen, Refused
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.tables import jobs, nodes
from netpulse_core.model.doubt import Doubt, Finding
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Claim, Conclusion, Problem
from netpulse_core.model.runbook import Queue
from netpulse_core.model.stopping import NewFreeze
from tests.ledger.work import Worker, accepted, on
from tests.protocol.model import Protocol
from tests.protocol.world import LINES, READ_TOO, READ_TWICE, START, Job, State, World

pytestmark = pytest.mark.thorough

PROTOCOL = Protocol(crashes=2, lapses=2, freezes=2)
_MISFORTUNES = (
    "dies", "the lease", "does not reach", "is cancelled", "the cancel of", "to be stopped", "stops job", "is frozen"
)  # fmt: skip
WALKS, READING_WALKS, LONGEST = 12, 4, 80
_TOO_LATE, ENOUGH = "the cancel of job 0 is refused", 10
_OPENED = ["worker 0 claims job 0", "worker 0 opens a session for job 0"]
_REFUSED = ["worker 0 may not push job 0"]
_FROZEN = [*_OPENED, "the device is frozen", *_REFUSED]
_BACK = ["worker 0 gives back job 0"]
WAYS = {
    "cancelled before the gate": [*_OPENED, "job 0 is to be stopped", *_REFUSED, *_BACK, "worker 1 claims job 1"],
    "frozen before the gate": [*_FROZEN, *_BACK, "the device is thawed", "worker 1 claims job 0"],
    "frozen, then cancelled": [*_FROZEN, "job 0 is to be stopped", *_BACK],
    "frozen, then cancelled while it waits": [*_FROZEN, *_BACK, "job 0 is cancelled", "the device is thawed"],
    "cancelled, then its worker dies": [
        *_OPENED,
        "job 0 is to be stopped",
        "worker 0 dies",
        "job 0 is not queued again",
    ],
}
"""What happens rarely, step by step."""
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
        self.waits_on = ""
        """What the last change waits on that a freeze kept from its device."""
        self.device = name

    def possible(self) -> dict[str, World]:
        """Return the model's steps, or none where nothing can change any more."""
        steps = dict(PROTOCOL.steps(self.world))
        return {} if all(after == self.world for after in steps.values()) else steps

    def take(self, name: str, after: World) -> None:
        """Take a step in the ledger, and see that both are where the model says."""
        worker = next((number for number, _ in enumerate(self.workers) if f"worker {number}" in name), -1)
        job = next((number for number, _ in enumerate(self.runs) if f"job {number}" in name), -1)
        if "claims job" in name:
            after = self._claimed(worker)
        else:
            self._do(name, worker, job, after)
        self.world = after
        assert self._asked() == {number for number, one in enumerate(after.jobs) if _to_be_stopped(one)}, name
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

    def _do(self, name: str, worker: int, job: int, after: World) -> None:
        hand = self.world.workers[worker].hand if worker >= 0 else None
        done = hand is not None and hand.sent == LINES
        said: dict[str, Callable[[], object]] = {
            "dies": lambda: self._end_lease(worker),
            "the lease": lambda: self._end_lease(worker),
            "opens a session": lambda: None,
            "sends a line": lambda: None,
            "commits the point": lambda: self.ledger.claims.cross(self.claims[worker], f"{self.device}-{worker}", on()),
            "may not push": lambda: self._refused(worker, after),
            "stops job": lambda: None,
            "gives back job": lambda: self._given_back(worker),
            "does not reach": lambda: self._conclude(worker, Outcome.UNREACHABLE),
            "has read": lambda: self._conclude(worker, Outcome.OK),
            "concludes job": lambda: self._conclude(worker, Outcome.CHANGED if done else Outcome.IN_DOUBT),
            "is queued again": self.ledger.reaping.reap,
            "is not queued again": self.ledger.reaping.reap,
            "is in doubt": self._give_up,
            "claims the doubt": lambda: self._doubted(worker),
            "reconciling job": lambda: None,
            "says what became": lambda: self._found(worker, _READ[hand.read if hand is not None else 0]),
            "is cancelled": lambda: self.ledger.stopping.cancel(self.runs[job], "ann"),
            "is to be stopped": lambda: self.ledger.stopping.cancel(self.runs[job], "ann"),
            "the cancel of": lambda: self._cancelled_too_late(job),
            "is frozen": self._freeze,
            "is thawed": lambda: self.ledger.freezes.thaw(self._freeze_id, "ann"),
        }
        next(act for words, act in said.items() if words in name)()

    def _end_lease(self, worker: int) -> None:
        with self.ledger.database.write() as connection:
            mine = nodes.c.id == f"{self.device}-{worker}"
            connection.execute(update(nodes).where(mine).values(lease_until=nodes.c.started_at - 1))

    def _refused(self, worker: int, after: World) -> None:
        hand = after.workers[worker].hand
        why = Refused if hand is None else Cancelled if hand.step == "cancelled" else Frozen
        with pytest.raises(why) as refused:
            self.ledger.claims.cross(self.claims[worker], f"{self.device}-{worker}", on())
        if isinstance(refused.value, Frozen):
            self.waits_on = refused.value.waits_on

    def _given_back(self, worker: int) -> None:
        hand = self.world.workers[worker].hand
        waits = hand is not None and hand.step == "frozen"
        frozen = Conclusion(outcome=Outcome.BLOCKED, retry_in=0.0, waits_on=self.waits_on)
        self.workers[worker].conclude(self.claims[worker], frozen if waits else Conclusion(outcome=Outcome.CANCELLED))

    def _cancelled_too_late(self, job: int) -> None:
        with pytest.raises(Conflict):
            self.ledger.stopping.cancel(self.runs[job], "ann")

    @property
    def _freeze_id(self) -> str:
        return f"{self.device}-{self.world.freezes}"

    def _freeze(self) -> None:
        new = NewFreeze(
            id=f"{self.device}-{self.world.freezes + 1}",
            target=self.device,
            reason="core upgrade",
            revision=self.device,
            keys=(self.device,),
        )
        self.ledger.freezes.begin(new, "ann")

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
        if self.world.frozen:
            self.ledger.freezes.thaw(self._freeze_id, "ann")
        for number, _ in enumerate(self.workers):
            self._end_lease(number)
        self._give_up()
        for run, (state, _) in zip(self.runs, self._told(), strict=True):
            if state == State.IN_DOUBT:
                self.ledger.reaping.resolve(run, self.device, Outcome.PARTIAL, "ann", "looked at it")

    def _asked(self) -> set[int]:
        """Return which jobs some worker is to stop."""
        numbers = {claim.job: self.runs.index(claim.run) for claim in self.claims.values()}
        return {numbers[job] for worker in self.workers for job, _ in self.ledger.stopping.asked(worker.name)}

    def _told(self) -> list[tuple[str, str | None]]:
        found = [self.ledger.jobs.one(run, self.device) for run in self.runs]
        return [(job.state.value, job.outcome.value if job.outcome else None) for job in found]


def _to_be_stopped(job: Job) -> bool:
    return job.cancelled and job.state is State.RUNNING


def _weight(name: str) -> float:
    return 0.15 if any(word in name for word in _MISFORTUNES) else 1.0


def _kind(name: str) -> str:
    return "".join(letter for letter in name if not letter.isdigit())


def walked(ledger: Ledger, starts: Sequence[World]) -> Counter[str]:
    """Walk from each of these beginnings, and return how often each kind of step was taken."""
    seen = Counter[str]()
    for seed, start in enumerate(starts):
        dice, walk = Random(seed), Walk(ledger, f"d{seed}", start)
        for _ in range(LONGEST):
            steps = walk.possible()
            if not steps:
                break
            # Misfortune is rare, or every worker would be gone before the walk has come far.
            moves = [name for name, after in sorted(steps.items()) if after != walk.world]
            names = moves if seen[_kind(_TOO_LATE)] >= ENOUGH else sorted(steps)
            name = dice.choices(names, [_weight(name) / (1 + seen[_kind(name)]) for name in names])[0]
            seen[_kind(name)] += 1
            walk.take(name, steps[name])
            walk.refuse()
        walk.end()
    return seen


def test_the_ledger_goes_where_the_model_goes(ledger: Ledger) -> None:
    seen = walked(ledger, [START] * WALKS)
    rare = {_kind(name) for way in WAYS.values() for name in way}
    assert len(seen) >= 20, seen
    assert len({*seen, *rare}) == 23, seen  # every kind of step was taken, here or on a way of its own


@pytest.mark.parametrize("way", WAYS, ids=list(WAYS))
def test_and_on_the_ways_that_a_cancel_and_a_freeze_take(way: str, ledger: Ledger) -> None:
    walk = Walk(ledger, "d1")
    for name in WAYS[way]:
        walk.take(name, walk.possible()[name])
        walk.refuse()


def test_and_where_a_device_in_doubt_is_read(ledger: Ledger) -> None:
    seen = walked(ledger, [READ_TOO, READ_TWICE] * READING_WALKS)
    assert "worker  has read for job " in seen
