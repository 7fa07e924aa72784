"""Writing what became of a job: compare-and-swap on its fence, outputs by content, the fact and its event together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from netpulse_core.ledger import blobs
from netpulse_core.ledger.blobs import Blob
from netpulse_core.ledger.outbox import News
from netpulse_core.ledger.tables import jobs, outputs, runs
from netpulse_core.model.event import EventKind
from netpulse_core.model.outcome import DOUBTFUL
from netpulse_core.model.run import Claim, Conclusion, Problem, Step
from netpulse_core.model.state import JobState

Made = Sequence[tuple[Step, Blob]]


def outputs_of(conclusion: Conclusion) -> Made:
    """Pack the outputs before the transaction begins: compressing under the write lock would hold everyone up."""
    return [(step, blobs.packed(step.body)) for step in conclusion.steps]


def write(
    connection: Connection,
    claim: Claim,
    conclusion: Conclusion,
    made: Made,
    at: float,
    news: News,
    finished: Counter[str],
) -> bool:
    """Conclude one job, or put it back for another attempt; return False where its fence has moved on."""
    retry = conclusion.retry_in is not None and not _cancelled(connection, claim)
    values = _retried(conclusion, at) if retry else _concluded(conclusion, at)
    before = (JobState.RUNNING,) if retry else (JobState.RUNNING, JobState.PUSHING)
    moved = connection.execute(
        update(jobs)
        .where(
            jobs.c.id == claim.job,
            jobs.c.fence == claim.fence,
            jobs.c.state.in_([one.value for one in before]),
        )
        .values(**values)
    )
    if moved.rowcount != 1:
        return False
    _store(connection, claim, made)
    if retry:
        news.add(
            claim.run,
            EventKind.JOB_RETRYING,
            claim.device,
            attempt=claim.attempt,
            outcome=conclusion.outcome.value,
            retry_in=conclusion.retry_in,
            problem=_problem(conclusion.problem),
        )
        return True
    finished[claim.run] += 1
    kind = EventKind.JOB_IN_DOUBT if conclusion.outcome in DOUBTFUL else EventKind.JOB_FINISHED
    news.add(
        claim.run,
        kind,
        claim.device,
        outcome=conclusion.outcome.value,
        attempt=claim.attempt,
        elapsed=conclusion.elapsed,
        session_reused=conclusion.session_reused,
        problem=_problem(conclusion.problem),
    )
    return True


def _cancelled(connection: Connection, claim: Claim) -> bool:
    return connection.scalar(select(runs.c.cancel_at).where(runs.c.id == claim.run)) is not None


def _concluded(conclusion: Conclusion, at: float) -> dict[str, Any]:
    in_doubt = conclusion.outcome in DOUBTFUL
    return {
        "state": (JobState.IN_DOUBT if in_doubt else JobState.FINISHED).value,
        "outcome": conclusion.outcome.value,
        "problem": _problem(conclusion.problem),
        "session_reused": conclusion.session_reused,
        "elapsed": conclusion.elapsed,
        "finished_at": None if in_doubt else at,
    }


def _retried(conclusion: Conclusion, at: float) -> dict[str, Any]:
    return {
        "state": JobState.QUEUED.value,
        "node": None,
        "not_before": at + (conclusion.retry_in or 0.0),
        "problem": _problem(conclusion.problem),
    }


def _store(connection: Connection, claim: Claim, made: Made) -> None:
    blobs.store(connection, {blob.hash: blob for _, blob in made})
    if claim.attempt > 1:
        connection.execute(delete(outputs).where(outputs.c.job_id == claim.job))
    if made:
        connection.execute(
            insert(outputs), [_output_row(claim.job, n, step, blob) for n, (step, blob) in enumerate(made)]
        )


def _output_row(job: int, position: int, step: Step, blob: Blob) -> dict[str, Any]:
    return {
        "job_id": job,
        "position": position,
        "label": _storable(step.label),
        "kind": blob.kind,
        "blob": blob.hash,
        "changed": step.changed,
        "failed": step.failed,
        "diff": _storable(step.diff),
        "error": _storable(step.error),
        "elapsed": step.elapsed,
    }


def _problem(problem: Problem | None) -> dict[str, str] | None:
    return {name: _storable(value) for name, value in asdict(problem).items()} if problem else None


def _storable(text: str) -> str:
    # PostgreSQL's text holds neither NUL nor half a surrogate pair, and devices send both.
    return text.replace("\0", "\\0").encode("utf-8", "replace").decode()
