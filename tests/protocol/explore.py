"""Every world that can be reached, in breadth, so that the first violation found is one of the shortest."""

from collections import deque
from dataclasses import dataclass

from tests.protocol.model import START, Protocol, State, World, violation


@dataclass(frozen=True, slots=True)
class Explored:
    """How many worlds there are, and the steps to the first that breaks a promise."""

    worlds: int
    broken: str = ""
    steps: tuple[str, ...] = ()


def explore(protocol: Protocol, start: World = START) -> Explored:
    """Walk all of it."""
    came: dict[World, tuple[World, str] | None] = {start: None}
    waiting = deque([start])
    while waiting:
        world = waiting.popleft()
        stuck = True
        for name, after in protocol.steps(world):
            stuck = False
            if after in came:
                continue
            came[after] = (world, name)
            if broken := violation(after):
                return Explored(len(came), broken, _way(came, after))
            waiting.append(after)
        if stuck and not _settled(world):
            return Explored(len(came), "nothing can happen any more, and a job has no end", _way(came, world))
    return Explored(len(came))


def _settled(world: World) -> bool:
    nobody = not any(worker.alive and worker.leased for worker in world.workers)
    return nobody or all(job.state is State.FINISHED for job in world.jobs)


def _way(came: dict[World, tuple[World, str] | None], world: World) -> tuple[str, ...]:
    steps = []
    while (before := came[world]) is not None:
        world, name = before
        steps.append(name)
    return tuple(reversed(steps))
