"""The run protocol of one device as a machine of a few words, every step of which may be the last before a crash.

Two jobs want to change one device, three workers may run them. A push sends two lines, each a step of its own. A worker
may die, and its lease may end at any moment while it lives on and does what it was about to do. The device has a
session for each push, and keeps what was applied, in order.

A third job may be a diagnostic read, which runs beside a doubt.

What is left out: other reads (a lost one is repeated), clocks (a lease ends when it likes, which is worse than any
clock), and the loss of rows by the ledger.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

LINES = 2


class State(StrEnum):
    """Where a job is, as in `JobState`."""

    QUEUED = "queued"
    RUNNING = "running"
    PUSHING = "pushing"
    IN_DOUBT = "in_doubt"
    FINISHED = "finished"


HELD = frozenset({State.RUNNING, State.PUSHING, State.IN_DOUBT})


class Bug(StrEnum):
    """What the protocol would be without one of its rules."""

    NO_DEVICE_LOCK = "a job is claimed although another holds the device"
    INDEX_WITHOUT_IN_DOUBT = "a job in doubt does not hold its device"
    REQUEUED_AFTER_PONR = "a lost push is queued again"
    NO_SESSION_KILL = "the reconciler reads while the old session may still write"
    READ_BEFORE_KILL = "the reconciler reads first and ends the session then"
    LATE_CONCLUSION = "a conclusion is believed whatever its fence"
    PONR_AFTER_FIRST_LINE = "the point of no return is committed after a line was sent"
    CROSSED_WITHOUT_FENCE = "the gate does not ask whether the job is still this claim's"
    CANCELLED_AFTER_PONR = "a cancel ends a push under way"
    IN_DOUBT_IS_NOT_APPLIED = "a push that was lost is called not applied"
    DIAGNOSED_BESIDE_ANYTHING = "a diagnostic read does not ask what holds the device"
    CLAIMED_BESIDE_A_READ = "a job is claimed although a diagnostic read is at work"
    DIAGNOSED_TWICE = "a diagnostic read does not ask whether there is another"


class Job(NamedTuple):
    """A row of the ledger."""

    state: State = State.QUEUED
    outcome: str = ""
    fence: int = 0
    node: int = -1
    session: int = -1
    """The device session that was recorded at the point of no return."""
    diagnostic: bool = False
    """Whether it is a read of a device in doubt, which holds nothing."""


class Hand(NamedTuple):
    """What a worker does now: a push, or the reconciling of one."""

    job: int
    fence: int
    step: str
    sent: int = 0
    session: int = -1
    read: int = -1


class Worker(NamedTuple):
    """A worker: alive or not, whether the ledger still counts its lease, and what it has in hand."""

    alive: bool = True
    leased: bool = True
    hand: Hand | None = None


class World(NamedTuple):
    """The ledger, the workers and the device at one moment."""

    jobs: tuple[Job, ...]
    workers: tuple[Worker, ...]
    applied: tuple[int, ...] = ()
    """The jobs whose lines the device took, in order."""
    sessions: tuple[bool, ...] = ()
    """Configuration sessions the device has had, and whether each is open."""
    crashes: int = 0
    lapses: int = 0


START = World((Job(), Job()), (Worker(), Worker(), Worker()))
READ_TOO = World((Job(), Job(), Job(diagnostic=True)), (Worker(), Worker()))
READ_TWICE = World((Job(), Job(diagnostic=True), Job(diagnostic=True)), (Worker(), Worker()))


@dataclass(frozen=True, slots=True)
class Protocol:
    """The steps that can be taken; bugs take rules away, bounds keep the world small."""

    bugs: frozenset[Bug] = frozenset()
    crashes: int = 2
    lapses: int = 1

    def steps(self, world: World) -> Iterator[tuple[str, World]]:
        """Return every step possible now, with its name and the world after it."""
        for number, job in enumerate(world.jobs):
            yield from self._reaped(world, number, job)
            yield from self._cancelled(world, number, job)
        for number, worker in enumerate(world.workers):
            if not worker.alive:
                continue
            if world.crashes < self.crashes:
                yield (
                    f"worker {number} dies",
                    _with(world, number, Worker(False, False))._replace(crashes=world.crashes + 1),
                )
            if worker.leased and world.lapses < self.lapses:
                ended = _with(world, number, worker._replace(leased=False), worker.hand)
                yield f"the lease of worker {number} ends", ended._replace(lapses=world.lapses + 1)
            if worker.hand is None:
                yield from self._claimed(world, number, worker)
            else:
                yield from self._worked(world, number, worker, worker.hand)

    def _claimed(self, world: World, number: int, worker: Worker) -> Iterator[tuple[str, World]]:
        if not worker.leased:
            return
        for which, job in enumerate(world.jobs):
            if job.state is State.QUEUED and self._free(world, job):
                taken = job._replace(state=State.RUNNING, fence=job.fence + 1, node=number)
                hand = Hand(which, taken.fence, "claimed")
                yield f"worker {number} claims job {which}", _with(_job(world, which, taken), number, worker, hand)
            if job.state is State.IN_DOUBT and self._unattended(world, job):
                raised = job._replace(fence=job.fence + 1, node=number)
                hand = Hand(which, raised.fence, "reconciling", session=job.session)
                name = f"worker {number} claims the doubt of job {which}"
                yield name, _with(_job(world, which, raised), number, worker, hand)

    def _free(self, world: World, job: Job) -> bool:
        held = {other.state for other in world.jobs if not other.diagnostic} & HELD
        read = any(other.diagnostic and other.state is State.RUNNING for other in world.jobs)
        if job.diagnostic:
            held = set() if Bug.DIAGNOSED_BESIDE_ANYTHING in self.bugs else held - {State.IN_DOUBT}
            read = read and Bug.DIAGNOSED_TWICE not in self.bugs
        else:
            held = held - {State.IN_DOUBT} if Bug.INDEX_WITHOUT_IN_DOUBT in self.bugs else held
            held = set() if Bug.NO_DEVICE_LOCK in self.bugs else held
            read = read and Bug.CLAIMED_BESIDE_A_READ not in self.bugs
        return not held and not read

    def _unattended(self, world: World, job: Job) -> bool:
        return job.node < 0 or not world.workers[job.node].leased

    def _worked(self, world: World, number: int, worker: Worker, hand: Hand) -> Iterator[tuple[str, World]]:
        if hand.step in ("reconciling", "ended", "judged"):
            yield self._reconciled(world, number, worker, hand)
        elif world.jobs[hand.job].diagnostic:
            yield self._read(world, number, worker, hand)
        elif hand.step == "claimed":
            yield self._opened(world, number, worker, hand)
            yield self._unreachable(world, number, worker, hand)
        elif hand.step == "opened" and not (Bug.PONR_AFTER_FIRST_LINE in self.bugs and hand.sent == 0):
            yield self._crossed(world, number, worker, hand)
        elif hand.sent < LINES and world.sessions[hand.session]:
            yield self._sent(world, number, worker, hand)
        else:
            yield self._concluded(world, number, worker, hand)

    def _read(self, world: World, number: int, worker: Worker, hand: Hand) -> tuple[str, World]:
        job = world.jobs[hand.job]
        if job.state is State.RUNNING and self._is_of(job, hand):
            world = _job(world, hand.job, job._replace(state=State.FINISHED, outcome="ok", node=-1))
        return f"worker {number} has read for job {hand.job}", _with(world, number, worker)

    def _opened(self, world: World, number: int, worker: Worker, hand: Hand) -> tuple[str, World]:
        opened = hand._replace(step="opened", session=len(world.sessions))
        world = world._replace(sessions=(*world.sessions, True))
        return f"worker {number} opens a session for job {hand.job}", _with(world, number, worker, opened)

    def _unreachable(self, world: World, number: int, worker: Worker, hand: Hand) -> tuple[str, World]:
        job = world.jobs[hand.job]
        if job.state in (State.RUNNING, State.PUSHING) and self._is_of(job, hand):
            world = _job(world, hand.job, job._replace(state=State.FINISHED, outcome="unreachable"))
        return f"worker {number} does not reach the device for job {hand.job}", _with(world, number, worker)

    def _crossed(self, world: World, number: int, worker: Worker, hand: Hand) -> tuple[str, World]:
        job = world.jobs[hand.job]
        may = job.state is State.RUNNING and worker.leased and self._is_of(job, hand)
        if Bug.CROSSED_WITHOUT_FENCE in self.bugs:
            may = job.state in (State.RUNNING, State.PUSHING)
        if not may:
            return f"worker {number} may not push job {hand.job}", _with(_shut(world, hand), number, worker)
        pushing = job._replace(state=State.PUSHING, session=hand.session)
        return f"worker {number} commits the point of no return of job {hand.job}", _with(
            _job(world, hand.job, pushing), number, worker, hand._replace(step="crossed")
        )

    def _is_of(self, job: Job, hand: Hand) -> bool:
        return Bug.LATE_CONCLUSION in self.bugs or job.fence == hand.fence

    def _sent(self, world: World, number: int, worker: Worker, hand: Hand) -> tuple[str, World]:
        world = world._replace(applied=(*world.applied, hand.job))
        return f"worker {number} sends a line of job {hand.job}", _with(
            world, number, worker, hand._replace(sent=hand.sent + 1)
        )

    def _concluded(self, world: World, number: int, worker: Worker, hand: Hand) -> tuple[str, World]:
        job, world = world.jobs[hand.job], _shut(world, hand)
        if job.state in (State.RUNNING, State.PUSHING) and self._is_of(job, hand):
            done = hand.sent == LINES
            state = State.FINISHED if done else State.IN_DOUBT
            ended = job._replace(state=state, outcome="changed" if done else "in_doubt", node=-1)
            world = _job(world, hand.job, ended)
        return f"worker {number} concludes job {hand.job}", _with(world, number, worker)

    def _reconciled(self, world: World, number: int, worker: Worker, hand: Hand) -> tuple[str, World]:
        first, second = ("read", "end") if Bug.READ_BEFORE_KILL in self.bugs else ("end", "read")
        if hand.step != "judged":
            doing = first if hand.step == "reconciling" else second
            if doing == "end" and Bug.NO_SESSION_KILL not in self.bugs:
                world = _shut(world, hand)
            if doing == "read":
                hand = hand._replace(read=world.applied.count(hand.job))
            step = "ended" if hand.step == "reconciling" else "judged"
            after = _with(world, number, worker, hand._replace(step=step))
            return f"worker {number} reconciling job {hand.job}: {doing}", after
        job = world.jobs[hand.job]
        if job.state is State.IN_DOUBT and self._is_of(job, hand):
            found = "not_applied" if hand.read == 0 else "changed" if hand.read == LINES else "partial"
            world = _job(world, hand.job, job._replace(state=State.FINISHED, outcome=found))
        return f"worker {number} says what became of job {hand.job}", _with(world, number, worker)

    def _reaped(self, world: World, number: int, job: Job) -> Iterator[tuple[str, World]]:
        if job.state not in (State.RUNNING, State.PUSHING) or world.workers[job.node].leased:
            return
        freed = job._replace(fence=job.fence + 1, node=-1)
        if job.state is State.RUNNING or Bug.REQUEUED_AFTER_PONR in self.bugs:
            yield f"job {number} is queued again", _job(world, number, freed._replace(state=State.QUEUED))
        elif Bug.IN_DOUBT_IS_NOT_APPLIED in self.bugs:
            said = freed._replace(state=State.FINISHED, outcome="not_applied")
            yield f"job {number} is given up", _job(world, number, said)
        else:
            doubted = freed._replace(state=State.IN_DOUBT, outcome="in_doubt")
            yield f"job {number} is in doubt", _job(world, number, doubted)

    def _cancelled(self, world: World, number: int, job: Job) -> Iterator[tuple[str, World]]:
        before = (State.QUEUED, State.RUNNING)
        if number == 0 and job.state in ((*before, State.PUSHING) if Bug.CANCELLED_AFTER_PONR in self.bugs else before):
            ended = job._replace(state=State.FINISHED, outcome="cancelled", fence=job.fence + 1)
            yield f"job {number} is cancelled", _job(world, number, ended)


def _with(world: World, number: int, worker: Worker, hand: Hand | None = None) -> World:
    workers = list(world.workers)
    workers[number] = worker._replace(hand=hand)
    return world._replace(workers=tuple(workers))


def _job(world: World, number: int, job: Job) -> World:
    jobs = list(world.jobs)
    jobs[number] = job
    return world._replace(jobs=tuple(jobs))


def _shut(world: World, hand: Hand) -> World:
    sessions = list(world.sessions)
    if hand.session >= 0:
        sessions[hand.session] = False
    return world._replace(sessions=tuple(sessions))


def violation(world: World) -> str:
    """Return which promise this world breaks, or nothing."""
    if sum(job.state in HELD for job in world.jobs if not job.diagnostic) > 1:
        return "two jobs hold one device"
    reading = sum(job.diagnostic and job.state in HELD for job in world.jobs)
    if reading > 1:
        return "two diagnostic reads are at work on one device"
    if reading and any(job.state in (State.RUNNING, State.PUSHING) for job in world.jobs if not job.diagnostic):
        return "a diagnostic read is at work beside a job that is not in doubt"
    for number, job in enumerate(world.jobs):
        lines = world.applied.count(number)
        if lines > LINES:
            return f"job {number} was pushed twice"
        if job.state is State.FINISHED and lines not in _TRUE[job.outcome]:
            return f"job {number} is called {job.outcome}, and the device has {lines} of {LINES} lines"
    changes = sum(before != after for before, after in zip(world.applied, world.applied[1:], strict=False))
    return "two pushes were interleaved" if changes > 1 else ""


_NONE = ("not_applied", "cancelled", "unreachable", "ok")
_TRUE = {"changed": {LINES}, "partial": set(range(1, LINES)), **{outcome: {0} for outcome in _NONE}}
