"""The run protocol of one device as a machine of a few words, every step of which may be the last before a crash.

Two jobs want to change one device, three workers may run them. A push sends two lines, each a step of its own. A worker
may die, and its lease may end at any moment while it lives on and does what it was about to do. The device has a
session for each push, and keeps what was applied, in order. At any moment somebody may cancel the first job, and
somebody may freeze the device or thaw it.

A third job may be a diagnostic read, which runs beside a doubt.

What is left out: other reads (a lost one is repeated), clocks (a lease ends when it likes, which is worse than any
clock), and the loss of rows by the ledger.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tests.protocol.world import HELD, LINES, Hand, Job, State, Worker, World, shut, with_hand, with_job


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
    CLAIMED_THOUGH_CANCELLED = "a claim does not ask whether a job that waited has been cancelled"
    CROSSED_THOUGH_CANCELLED = "the gate does not ask whether the job is to be stopped"
    REQUEUED_THOUGH_CANCELLED = "a job to be stopped is queued again where its worker dies"
    RETRIED_THOUGH_CANCELLED = "a job to be stopped is queued again where its worker gives it back"
    CLAIMED_WHILE_FROZEN = "a claim does not ask for freezes"
    CROSSED_WHILE_FROZEN = "the gate does not ask for freezes"
    IN_DOUBT_IS_NOT_APPLIED = "a push that was lost is called not applied"
    DIAGNOSED_BESIDE_ANYTHING = "a diagnostic read does not ask what holds the device"
    CLAIMED_BESIDE_A_READ = "a job is claimed although a diagnostic read is at work"
    DIAGNOSED_TWICE = "a diagnostic read does not ask whether there is another"


@dataclass(frozen=True, slots=True)
class Protocol:
    """The steps that can be taken; bugs take rules away, bounds keep the world small."""

    bugs: frozenset[Bug] = frozenset()
    crashes: int = 2
    lapses: int = 1
    freezes: int = 1

    def steps(self, world: World) -> Iterator[tuple[str, World]]:
        """Return every step possible now, with its name and the world after it."""
        for number, job in enumerate(world.jobs):
            yield from self._reaped(world, number, job)
            yield from self._cancelled(world, number, job)
        if world.frozen:
            yield "the device is thawed", world._replace(frozen=False)
        elif world.freezes < self.freezes:
            yield "the device is frozen", world._replace(frozen=True, freezes=world.freezes + 1)
        for number, worker in enumerate(world.workers):
            if not worker.alive:
                continue
            if world.crashes < self.crashes:
                yield (
                    f"worker {number} dies",
                    with_hand(world, number, Worker(False, False))._replace(crashes=world.crashes + 1),
                )
            if worker.leased and world.lapses < self.lapses:
                ended = with_hand(world, number, worker._replace(leased=False), worker.hand)
                yield f"the lease of worker {number} ends", ended._replace(lapses=world.lapses + 1)
            if worker.hand is None:
                yield from self._claimed(world, number, worker)
            else:
                yield from self._worked(world, number, worker, worker.hand)

    def _claimed(self, world: World, number: int, worker: Worker) -> Iterator[tuple[str, World]]:
        if not worker.leased:
            return
        for which, job in enumerate(world.jobs):
            if self._waits(world, job) and self._free(world, job):
                taken = job._replace(state=State.RUNNING, fence=job.fence + 1, node=number)
                hand = Hand(which, taken.fence, "claimed")
                yield (
                    f"worker {number} claims job {which}",
                    with_hand(with_job(world, which, taken), number, worker, hand),
                )
            if job.state is State.IN_DOUBT and self._unattended(world, job):
                raised = job._replace(fence=job.fence + 1, node=number)
                hand = Hand(which, raised.fence, "reconciling", session=job.session)
                name = f"worker {number} claims the doubt of job {which}"
                yield name, with_hand(with_job(world, which, raised), number, worker, hand)

    def _waits(self, world: World, job: Job) -> bool:
        if world.frozen and not job.diagnostic and Bug.CLAIMED_WHILE_FROZEN not in self.bugs:
            return False
        ended_waiting = job.outcome == "cancelled" and Bug.CLAIMED_THOUGH_CANCELLED in self.bugs
        return job.state is State.QUEUED or ended_waiting

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
            yield from self._stopped(world, number, worker, hand)
        elif hand.step in ("cancelled", "frozen"):
            yield self._given_back(world, number, worker, hand)
        elif hand.step == "opened" and not (Bug.PONR_AFTER_FIRST_LINE in self.bugs and hand.sent == 0):
            yield self._crossed(world, number, worker, hand)
            yield from self._stopped(world, number, worker, hand)
        elif hand.sent < LINES and world.sessions[hand.session]:
            yield self._sent(world, number, worker, hand)
        else:
            yield self._concluded(world, number, worker, hand)

    def _read(self, world: World, number: int, worker: Worker, hand: Hand) -> tuple[str, World]:
        job = world.jobs[hand.job]
        if job.state is State.RUNNING and self._is_of(job, hand):
            world = with_job(world, hand.job, job._replace(state=State.FINISHED, outcome="ok", node=-1))
        return f"worker {number} has read for job {hand.job}", with_hand(world, number, worker)

    def _opened(self, world: World, number: int, worker: Worker, hand: Hand) -> tuple[str, World]:
        opened = hand._replace(step="opened", session=len(world.sessions))
        world = world._replace(sessions=(*world.sessions, True))
        return f"worker {number} opens a session for job {hand.job}", with_hand(world, number, worker, opened)

    def _unreachable(self, world: World, number: int, worker: Worker, hand: Hand) -> tuple[str, World]:
        job = world.jobs[hand.job]
        if job.state in (State.RUNNING, State.PUSHING) and self._is_of(job, hand):
            world = with_job(world, hand.job, job._replace(state=State.FINISHED, outcome="unreachable"))
        return f"worker {number} does not reach the device for job {hand.job}", with_hand(world, number, worker)

    def _crossed(self, world: World, number: int, worker: Worker, hand: Hand) -> tuple[str, World]:
        job = world.jobs[hand.job]
        mine, leased = job.state is State.RUNNING and self._is_of(job, hand), worker.leased
        if Bug.CROSSED_WITHOUT_FENCE in self.bugs:
            mine, leased = job.state in (State.RUNNING, State.PUSHING), True
        cancelled = mine and job.cancelled and Bug.CROSSED_THOUGH_CANCELLED not in self.bugs
        frozen = mine and world.frozen and Bug.CROSSED_WHILE_FROZEN not in self.bugs
        if not mine or not leased or cancelled or frozen:
            why = "cancelled" if cancelled else "frozen"
            refused = hand._replace(step=why, session=-1) if cancelled or frozen else None
            name = f"worker {number} may not push job {hand.job}"
            return name, with_hand(shut(world, hand), number, worker, refused)
        pushing = job._replace(state=State.PUSHING, session=hand.session)
        return f"worker {number} commits the point of no return of job {hand.job}", with_hand(
            with_job(world, hand.job, pushing), number, worker, hand._replace(step="crossed")
        )

    def _stopped(self, world: World, number: int, worker: Worker, hand: Hand) -> Iterator[tuple[str, World]]:
        job = world.jobs[hand.job]
        if job.cancelled and job.state is State.RUNNING and self._is_of(job, hand):
            stopped = hand._replace(step="cancelled", session=-1)
            yield f"worker {number} stops job {hand.job}", with_hand(shut(world, hand), number, worker, stopped)

    def _given_back(self, world: World, number: int, worker: Worker, hand: Hand) -> tuple[str, World]:
        job = world.jobs[hand.job]
        if job.state is State.RUNNING and self._is_of(job, hand):
            again = hand.step == "frozen" and (not job.cancelled or Bug.RETRIED_THOUGH_CANCELLED in self.bugs)
            ended = job._replace(state=State.FINISHED, outcome="cancelled")
            world = with_job(world, hand.job, job._replace(state=State.QUEUED, node=-1) if again else ended)
        return f"worker {number} gives back job {hand.job}", with_hand(world, number, worker)

    def _is_of(self, job: Job, hand: Hand) -> bool:
        return Bug.LATE_CONCLUSION in self.bugs or job.fence == hand.fence

    def _sent(self, world: World, number: int, worker: Worker, hand: Hand) -> tuple[str, World]:
        world = world._replace(applied=(*world.applied, hand.job))
        return f"worker {number} sends a line of job {hand.job}", with_hand(
            world, number, worker, hand._replace(sent=hand.sent + 1)
        )

    def _concluded(self, world: World, number: int, worker: Worker, hand: Hand) -> tuple[str, World]:
        job, world = world.jobs[hand.job], shut(world, hand)
        if job.state in (State.RUNNING, State.PUSHING) and self._is_of(job, hand):
            done = hand.sent == LINES
            state = State.FINISHED if done else State.IN_DOUBT
            ended = job._replace(state=state, outcome="changed" if done else "in_doubt", node=-1)
            world = with_job(world, hand.job, ended)
        return f"worker {number} concludes job {hand.job}", with_hand(world, number, worker)

    def _reconciled(self, world: World, number: int, worker: Worker, hand: Hand) -> tuple[str, World]:
        first, second = ("read", "end") if Bug.READ_BEFORE_KILL in self.bugs else ("end", "read")
        if hand.step != "judged":
            doing = first if hand.step == "reconciling" else second
            if doing == "end" and Bug.NO_SESSION_KILL not in self.bugs:
                world = shut(world, hand)
            if doing == "read":
                hand = hand._replace(read=world.applied.count(hand.job))
            step = "ended" if hand.step == "reconciling" else "judged"
            after = with_hand(world, number, worker, hand._replace(step=step))
            return f"worker {number} reconciling job {hand.job}: {doing}", after
        job = world.jobs[hand.job]
        if job.state is State.IN_DOUBT and self._is_of(job, hand):
            found = "not_applied" if hand.read == 0 else "changed" if hand.read == LINES else "partial"
            world = with_job(world, hand.job, job._replace(state=State.FINISHED, outcome=found))
        return f"worker {number} says what became of job {hand.job}", with_hand(world, number, worker)

    def _reaped(self, world: World, number: int, job: Job) -> Iterator[tuple[str, World]]:
        if job.state not in (State.RUNNING, State.PUSHING) or world.workers[job.node].leased:
            return
        freed = job._replace(fence=job.fence + 1, node=-1)
        if job.cancelled and job.state is State.RUNNING and Bug.REQUEUED_THOUGH_CANCELLED not in self.bugs:
            ended = freed._replace(state=State.FINISHED, outcome="cancelled")
            yield f"job {number} is not queued again", with_job(world, number, ended)
        elif job.state is State.RUNNING or Bug.REQUEUED_AFTER_PONR in self.bugs:
            yield f"job {number} is queued again", with_job(world, number, freed._replace(state=State.QUEUED))
        elif Bug.IN_DOUBT_IS_NOT_APPLIED in self.bugs:
            said = freed._replace(state=State.FINISHED, outcome="not_applied")
            yield f"job {number} is given up", with_job(world, number, said)
        else:
            doubted = freed._replace(state=State.IN_DOUBT, outcome="in_doubt")
            yield f"job {number} is in doubt", with_job(world, number, doubted)

    def _cancelled(self, world: World, number: int, job: Job) -> Iterator[tuple[str, World]]:
        if number != 0:
            return
        ended = with_job(world, number, job._replace(state=State.FINISHED, outcome="cancelled"))
        if job.state is State.QUEUED:
            yield f"job {number} is cancelled", ended
        elif job.state is State.RUNNING and not job.cancelled:
            yield f"job {number} is to be stopped", with_job(world, number, job._replace(cancelled=True))
        elif job.state is not State.RUNNING:
            believed = job.state is State.PUSHING and Bug.CANCELLED_AFTER_PONR in self.bugs
            yield f"the cancel of job {number} is refused", ended if believed else world
