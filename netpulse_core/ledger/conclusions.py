"""Writing what became of a job: compare-and-swap on its fence, outputs by content, the fact and its event together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import Connection, delete, select

from netpulse_core.ledger import audit, blobs, captures, pushes
from netpulse_core.ledger.blobs import Blob
from netpulse_core.ledger.database import clock
from netpulse_core.ledger.lists import among
from netpulse_core.ledger.many import Inserting, Updating
from netpulse_core.ledger.outbox import News
from netpulse_core.ledger.storekeys import StoreKeys
from netpulse_core.ledger.tables import jobs, outputs
from netpulse_core.ledger.texts import storable
from netpulse_core.model.check import findings_in
from netpulse_core.model.event import EventKind
from netpulse_core.model.outcome import DOUBTFUL, Outcome
from netpulse_core.model.run import Claim, Conclusion, Problem, Step
from netpulse_core.model.state import JobState


@dataclass(frozen=True, slots=True)
class Made:
    """What a job leaves in the ledger."""

    outputs: Sequence[tuple[Step, Blob]]
    answers: Sequence[Blob]
    """What later reads may be told, also where no output is just that text."""
    captures: Sequence[captures.Packed]
    judged: bool
    """Whether findings are among them."""


def outputs_of(conclusion: Conclusion, keys: StoreKeys, pepper: bytes) -> Made:
    """Pack the outputs before the transaction begins: compressing under the write lock would hold everyone up."""
    return Made(
        [(step, blobs.packed(step.body)) for step in conclusion.steps],
        [blobs.packed(answer.text) for answer in conclusion.answers],
        [captures.packed(one, keys, pepper) for one in conclusion.captures],
        any(findings_in(step.body) is not None for step in conclusion.steps),
    )


def write(
    connection: Connection,
    done: Sequence[tuple[Claim, Conclusion, Made]],
    at: float,
    news: News,
    finished: Counter[str],
) -> None:
    """Conclude jobs or put them back for another attempt; one whose fence has moved on is left as it is."""
    # Should a claim be concluded twice, the first is what was; another claim of its job is for its fence to judge.
    once = {_claimed(item[0]): item for item in reversed(done)}
    standing = _standing(connection, [claim for claim, _, _ in once.values()])
    kept = [item for claimed, item in once.items() if claimed in standing]
    ended: list[dict[str, Any]] = []
    retried: list[dict[str, Any]] = []
    for claim, conclusion, made in kept:
        job = standing[_claimed(claim)]
        again = conclusion.retry_in is not None and job.state == JobState.RUNNING.value
        waits = again and bool(conclusion.waits_on)
        retry = again and (conclusion.uncounted or claim.attempt < claim.attempts)
        if retry and job.cancel_at is not None:  # as if it had been cancelled between its attempts
            retry, conclusion = False, replace(conclusion, outcome=Outcome.CANCELLED)
        if retry:
            retried.append(_retried(claim, conclusion, at))
        else:
            ended.append(_concluded(claim, conclusion, at))
        (_tell if not retry else _tell_wait if waits else _tell_retry)(claim, conclusion, news)
        finished[claim.run] += not retry
        if not retry:
            captures.write(connection, claim, made.captures, at, news)
    _CONCLUDE.write(connection, ended)
    _RETRY.write(connection, retried)
    over = [claim.job for claim, conclusion, _ in kept if claim.changes and conclusion.outcome not in DOUBTFUL]
    pushes.over(connection, over)
    for claim, conclusion, _ in once.values():
        for reference in conclusion.secrets:  # also for a job that is left as it is: its secrets were read
            body = {"run": claim.run, "device": claim.device}
            audit.record(connection, claim.caller, "secret.read", storable(reference), body)
    _store(connection, kept, at)


def _claimed(claim: Claim) -> tuple[int, int]:
    return claim.job, claim.fence


def _standing(connection: Connection, claims: Sequence[Claim]) -> dict[tuple[int, int], Any]:
    """Lock the jobs and return those whose fence is still a claim's: the compare of compare-and-swap."""
    if not claims:
        return {}
    fences = {_claimed(claim) for claim in claims}
    rows = connection.execute(_STANDING, {"np_ids": sorted({job for job, _ in fences})})
    return {(row.id, row.fence): row for row in rows if (row.id, row.fence) in fences}


# Built once: their construction costs more than the database takes to answer them.
_STANDING = (
    select(jobs.c.id, jobs.c.fence, jobs.c.state, jobs.c.cancel_at)
    .where(among(jobs.c.id, "np_ids"))
    .where(jobs.c.state.in_([JobState.RUNNING.value, JobState.PUSHING.value]))
    .order_by(jobs.c.id)
    .with_for_update(key_share=True)
)
_CONCLUDE = Updating(jobs, "id", ["state", "outcome", "problem", "session_reused", "elapsed", "finished_at"])
_RETRY = Updating(jobs, "id", ["state", "node", "attempt", "crashes", "waits_on", "not_before", "problem"])
_OUTPUTS = Inserting(outputs, [column.name for column in outputs.c])


def _tell_retry(claim: Claim, conclusion: Conclusion, news: News) -> None:
    news.add(
        claim.run,
        EventKind.JOB_RETRYING,
        claim.device,
        attempt=claim.attempt,
        outcome=conclusion.outcome.value,
        retry_in=conclusion.retry_in,
        problem=problem_of(conclusion.problem),
    )


def _tell_wait(claim: Claim, conclusion: Conclusion, news: News) -> None:
    problem = problem_of(conclusion.problem)
    reason = problem["message"] if problem else conclusion.waits_on
    news.add(claim.run, EventKind.JOB_WAITING, claim.device, reason=reason, problem=problem)


def _tell(claim: Claim, conclusion: Conclusion, news: News) -> None:
    news.add(
        claim.run,
        EventKind.JOB_IN_DOUBT if conclusion.outcome in DOUBTFUL else EventKind.JOB_FINISHED,
        claim.device,
        outcome=conclusion.outcome.value,
        attempt=claim.attempt,
        elapsed=conclusion.elapsed,
        session_reused=conclusion.session_reused,
        problem=problem_of(conclusion.problem),
    )


def _concluded(claim: Claim, conclusion: Conclusion, at: float) -> dict[str, Any]:
    in_doubt = conclusion.outcome in DOUBTFUL
    return {
        "id": claim.job,
        "state": (JobState.IN_DOUBT if in_doubt else JobState.FINISHED).value,
        "outcome": conclusion.outcome.value,
        "problem": problem_of(conclusion.problem),
        "session_reused": conclusion.session_reused,
        "elapsed": conclusion.elapsed,
        "finished_at": None if in_doubt else at,
    }


def _retried(claim: Claim, conclusion: Conclusion, at: float) -> dict[str, Any]:
    return {
        "id": claim.job,
        "state": JobState.QUEUED.value,
        "node": None,
        "attempt": claim.attempt - conclusion.uncounted,
        "crashes": claim.crashes + conclusion.crashed,
        "waits_on": conclusion.waits_on or None,
        "not_before": at + (conclusion.retry_in or 0.0),
        "problem": problem_of(conclusion.problem),
    }


def _store(connection: Connection, kept: Sequence[tuple[Claim, Conclusion, Made]], at: float) -> None:
    # What only waited, or was not finished here, has nothing to keep, and leaves what an attempt before it said.
    kept = [item for item in kept if not item[1].uncounted]
    again = [claim.job for claim, _, _ in kept if claim.attempt > 1]
    if again:
        connection.execute(delete(outputs).where(outputs.c.job_id.in_(again)))
    packed = [blob for _, _, made in kept for blob in (*(blob for _, blob in made.outputs), *made.answers)]
    blobs.store(connection, {blob.hash: blob for blob in packed}, at)
    rows = [_output_row(claim.job, n, *one) for claim, _, made in kept for n, one in enumerate(made.outputs)]
    _OUTPUTS.write(connection, rows)


def add_outputs(connection: Connection, job: int, packed: Sequence[tuple[Step, Blob]], *, after: int) -> None:
    """Append outputs to those a job has; `after` is the position of the first of them."""
    blobs.store(connection, {blob.hash: blob for _, blob in packed}, clock(connection))
    _OUTPUTS.write(connection, [_output_row(job, position, *one) for position, one in enumerate(packed, after)])


def _output_row(job: int, position: int, step: Step, blob: Blob) -> dict[str, Any]:
    return {
        "job_id": job,
        "position": position,
        "label": storable(step.label),
        "kind": blob.kind,
        "blob": blob.hash,
        "changed": step.changed,
        "failed": step.failed,
        "diff": storable(step.diff),
        "error": storable(step.error),
        "elapsed": step.elapsed,
        "age": step.age,
        "path": [[number, storable(name)] for number, name in step.path],
        "severity": step.severity,
    }


def problem_of(problem: Problem | None) -> dict[str, str] | None:
    """Return a problem as it is kept."""
    return {name: storable(value) for name, value in asdict(problem).items()} if problem else None
