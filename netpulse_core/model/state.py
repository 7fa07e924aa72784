"""The states of a job and its legal moves."""

from collections.abc import Mapping
from enum import StrEnum


class JobState(StrEnum):
    """Where a job is; while it is RUNNING, PUSHING or IN_DOUBT it holds its device."""

    QUEUED = "queued"
    RUNNING = "running"
    PUSHING = "pushing"  # past the point of no return
    IN_DOUBT = "in_doubt"
    FINISHED = "finished"


HOLDING = (JobState.RUNNING, JobState.PUSHING, JobState.IN_DOUBT)

MOVES: Mapping[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.FINISHED}),
    JobState.RUNNING: frozenset({JobState.QUEUED, JobState.PUSHING, JobState.FINISHED}),
    JobState.PUSHING: frozenset({JobState.IN_DOUBT, JobState.FINISHED}),
    JobState.IN_DOUBT: frozenset({JobState.FINISHED}),
    JobState.FINISHED: frozenset(),
}


def came_from(state: JobState) -> tuple[JobState, ...]:
    """Return the states a job may be in just before `state`, for the guard of a statement."""
    return tuple(before for before, after in MOVES.items() if state in after)
