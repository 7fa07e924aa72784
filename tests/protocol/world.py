"""What the model of the run protocol is made of: the ledger's jobs, the workers and the device at one moment."""

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
    cancelled: bool = False
    """Whether somebody asked its worker to stop it."""


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
    frozen: bool = False
    freezes: int = 0


START = World((Job(), Job()), (Worker(), Worker(), Worker()))
READ_TOO = World((Job(), Job(), Job(diagnostic=True)), (Worker(), Worker()))
READ_TWICE = World((Job(), Job(diagnostic=True), Job(diagnostic=True)), (Worker(), Worker()))


def with_hand(world: World, number: int, worker: Worker, hand: Hand | None = None) -> World:
    """Return the world in which a worker has this in hand."""
    workers = list(world.workers)
    workers[number] = worker._replace(hand=hand)
    return world._replace(workers=tuple(workers))


def with_job(world: World, number: int, job: Job) -> World:
    """Return the world in which a job is so."""
    jobs = list(world.jobs)
    jobs[number] = job
    return world._replace(jobs=tuple(jobs))


def shut(world: World, hand: Hand) -> World:
    """Return the world in which the session of a hand is closed."""
    sessions = list(world.sessions)
    if hand.session >= 0:
        sessions[hand.session] = False
    return world._replace(sessions=tuple(sessions))
