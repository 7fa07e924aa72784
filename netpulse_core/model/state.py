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


MOVES: Mapping[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.FINISHED}),
    JobState.RUNNING: frozenset({JobState.QUEUED, JobState.PUSHING, JobState.FINISHED}),
    JobState.PUSHING: frozenset({JobState.IN_DOUBT, JobState.FINISHED}),
    JobState.IN_DOUBT: frozenset({JobState.FINISHED}),
    JobState.FINISHED: frozenset(),
}
