"""Every world that can be reached, in breadth, so that the first violation found is one of the shortest."""

from collections import deque
from dataclasses import dataclass

from tests.protocol.model import Protocol
from tests.protocol.promises import breach, violation
from tests.protocol.world import START, Hand, State, World

Shape = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Explored:
    """How many worlds there are, and the steps to the first that breaks a promise."""

    worlds: int
    broken: str = ""
    steps: tuple[str, ...] = ()


def explore(protocol: Protocol, start: World = START) -> Explored:
    """Walk all of it; worlds that differ only in which worker is which are one."""
    came: dict[Shape, tuple[Shape, str] | None] = {_same(start): None}
    waiting = deque([start])
    while waiting:
        world = waiting.popleft()
        here, stuck = _same(world), True
        for name, after in protocol.steps(world):
            if after == world:
                continue
            stuck = False
            if broken := breach(world, after):
                return Explored(len(came), broken, (*_way(came, here), name))
            there = _same(after)
            if there in came:
                continue
            came[there] = (here, name)
            if broken := violation(after):
                return Explored(len(came), broken, _way(came, there))
            waiting.append(after)
        if stuck and not _settled(world):
            return Explored(len(came), "nothing can happen any more, and a job has no end", _way(came, here))
    return Explored(len(came))


def _same(world: World) -> Shape:
    """Return what all worlds have in common in which the same can happen.

    Workers are told apart by what they do and hold, and not by their numbers. A fence is of use only as this claim's or
    another's. What has ended moves no more, wherever it ran.
    """
    workers = [(worker.alive, worker.leased, _known(world, worker.hand)) for worker in world.workers]
    held = [-1 if job.state is State.FINISHED else job.node for job in world.jobs]
    order = sorted(range(len(workers)), key=lambda one: (workers[one], [node == one for node in held]))
    jobs = tuple(
        (job.state, job.outcome)
        if job.state is State.FINISHED
        else (job.state, job.cancelled, job.session, -1 if job.node < 0 else order.index(job.node))
        for job in world.jobs
    )
    return jobs, tuple(workers[one] for one in order), *world[2:]


def _known(world: World, hand: Hand | None) -> tuple[object, ...]:
    if hand is None:
        return ()
    job = world.jobs[hand.job]
    return hand.job, job.state is not State.FINISHED and job.fence == hand.fence, *hand[2:]


def _settled(world: World) -> bool:
    nobody = not any(worker.alive and worker.leased for worker in world.workers)
    return nobody or all(job.state is State.FINISHED for job in world.jobs)


def _way(came: dict[Shape, tuple[Shape, str] | None], shape: Shape) -> tuple[str, ...]:
    steps = []
    while (before := came[shape]) is not None:
        shape, name = before
        steps.append(name)
    return tuple(reversed(steps))
