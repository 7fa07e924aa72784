"""The states of a job and its legal moves."""

from collections.abc import Iterator, Mapping
from enum import StrEnum


class JobState(StrEnum):
    """Where a job is; while it is RUNNING, PUSHING or IN_DOUBT it holds its device."""

    QUEUED = "queued"
    RUNNING = "running"
    PUSHING = "pushing"  # past the point of no return
    IN_DOUBT = "in_doubt"
    FINISHED = "finished"


class JobMove(StrEnum):
    """What takes a job from one state to the next."""

    CLAIM = "claim"
    PUT_BACK = "put_back"
    GATE = "gate"
    CONCLUDE = "conclude"
    END = "cancel_or_expire"
    LOSE = "lose_sight"
    RESOLVE = "resolve"
    RESTORE = "restored"


MOVES: Mapping[tuple[JobState, JobMove], JobState] = {
    (JobState.QUEUED, JobMove.CLAIM): JobState.RUNNING,
    (JobState.QUEUED, JobMove.END): JobState.FINISHED,
    (JobState.RUNNING, JobMove.PUT_BACK): JobState.QUEUED,
    (JobState.RUNNING, JobMove.GATE): JobState.PUSHING,
    (JobState.RUNNING, JobMove.CONCLUDE): JobState.FINISHED,
    (JobState.PUSHING, JobMove.CONCLUDE): JobState.FINISHED,
    (JobState.PUSHING, JobMove.LOSE): JobState.IN_DOUBT,
    (JobState.IN_DOUBT, JobMove.RESOLVE): JobState.FINISHED,
    # What a backup calls unfinished may have been pushed after it was taken.
    (JobState.QUEUED, JobMove.RESTORE): JobState.IN_DOUBT,
    (JobState.RUNNING, JobMove.RESTORE): JobState.IN_DOUBT,
    (JobState.PUSHING, JobMove.RESTORE): JobState.IN_DOUBT,
}
"""Every legal move; the diagram in docs/runs.md is drawn from it."""


def legal(before: JobState, after: JobState, *, restoring: bool = False) -> bool:
    """Whether some move leads from one state to another; those of a restored ledger only where it is one."""
    moves = (move for (state, move), reached in MOVES.items() if (state, reached) == (before, after))
    return any(restoring or move is not JobMove.RESTORE for move in moves)


def diagram() -> str:
    """Return the moves as a Mermaid state diagram."""
    return "\n".join(_drawn())


def _drawn() -> Iterator[str]:
    yield "stateDiagram-v2"
    yield f"    [*] --> {_name(JobState.QUEUED)}: accept"
    for (before, move), after in MOVES.items():
        yield f"    {_name(before)} --> {_name(after)}: {move.value.replace('_', ' ')}"
    yield f"    {_name(JobState.FINISHED)} --> [*]"


def _name(state: JobState) -> str:
    return state.value.replace("_", " ").title().replace(" ", "")
