"""Jobs in doubt that a node looks into: claimed under a fence, one node at a time, concluded by compare-and-swap."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, exists, func, insert, or_, select, update

from netpulse_core.failpoints import Point, reached
from netpulse_core.ledger import audit, blobs, conclusions, pushes
from netpulse_core.ledger.database import Database, again_if_beaten, clock, now
from netpulse_core.ledger.outbox import News, locked
from netpulse_core.ledger.reaping import judge_again, next_in_doubt
from netpulse_core.ledger.sealedparameters import Parameters
from netpulse_core.ledger.tables import devices, held, jobs, nodes, outputs, runs
from netpulse_core.ledger.tables import pushes as known
from netpulse_core.ledger.texts import storable
from netpulse_core.model.doubt import Doubt, Finding
from netpulse_core.model.event import EventKind
from netpulse_core.model.node import LEASE
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.state import JobState

FORGOTTEN = 900.0
"""Seconds after which a living node that says neither what it found nor that it still looks has forgotten it."""


class Reconciling:
    """The moves of jobs in doubt that no person makes."""

    def __init__(self, database: Database, parameters: Parameters) -> None:
        self._database = database
        self._parameters = parameters

    @again_if_beaten
    def claim(self, node: str, most: int) -> list[Doubt]:
        """Claim at most so many jobs in doubt for a living node: what anybody claimed before concludes nothing now."""
        with self._database.read() as connection:
            if connection.scalar(_due(jobs.c.id).limit(1)) is None:
                return []  # the usual case costs no write transaction
        with self._database.write() as connection:
            if not _lives(connection, node):
                return []
            ids = connection.scalars(
                _due(jobs.c.id)
                .order_by(jobs.c.id)
                .limit(most)
                .with_for_update(of=jobs, skip_locked=True, key_share=True)
            ).all()
            found = _taken(connection, node, ids) if ids else []
            return [self._parameters.of_doubt(connection, one) for one in found]

    @again_if_beaten
    def still_looked_into(self, doubts: Sequence[Doubt]) -> None:
        """Count anew until these are taken to be forgotten; one that another node has claimed since is left to it."""
        if not doubts:
            return  # the usual case costs no write transaction
        with self._database.write() as connection:
            for doubt in sorted(doubts, key=lambda one: one.job):
                mine = exists().where(jobs.c.id == doubt.job, jobs.c.fence == doubt.fence)
                looked = known.c.job_id == doubt.job, known.c.reconciler.is_not(None), mine
                connection.execute(update(known).where(*looked).values(look_at=now() + FORGOTTEN))

    @again_if_beaten
    def conclude(self, doubt: Doubt, node: str, finding: Finding) -> bool:
        """Write what a node found; False where it was no longer this node's to say, and nothing was written."""
        packed = [(step, blobs.packed(step.body)) for step in finding.steps]
        with self._database.write() as connection:
            mine = jobs.c.id == doubt.job, jobs.c.fence == doubt.fence, jobs.c.state == JobState.IN_DOUBT.value
            if connection.scalar(select(jobs.c.id).where(*mine).with_for_update(key_share=True)) is None:
                return False
            problem = conclusions.problem_of(finding.problem)
            _tell_of_secrets(connection, doubt, node, finding)
            if finding.again_in is not None:
                connection.execute(update(jobs).where(*mine).values(problem=problem))
                _let_go(connection, doubt, finding.again_in)
                return True
            _write(connection, doubt, finding)
            conclusions.add_outputs(connection, doubt.job, packed, after=_outputs(connection, doubt.job))
            _tell(connection, doubt, node, finding)
            reached(Point.FINDING)
            return True


def _due(*columns: Any) -> Any:
    """Return the query of jobs in doubt that nobody looks into, and that may be looked into by now."""
    living = select(nodes.c.id).where(nodes.c.lease_until > now())
    free = or_(
        known.c.look_at.is_(None),
        known.c.look_at <= now(),
        and_(known.c.reconciler.is_not(None), known.c.reconciler.not_in(living)),
    )
    return (
        select(*columns)
        .select_from(jobs.outerjoin(known, known.c.job_id == jobs.c.id))
        # The second condition as the partial index is written, because SQLite uses it only for its very words.
        .where(jobs.c.outcome == Outcome.IN_DOUBT.value, held(), jobs.c.state == JobState.IN_DOUBT.value, free)
    )


def _lives(connection: Connection, node: str) -> bool:
    mine = nodes.c.id == node, nodes.c.lease_until > now(), nodes.c.draining.is_(False)
    return connection.scalar(select(nodes.c.id).where(*mine)) is not None


def _taken(connection: Connection, node: str, ids: Sequence[int]) -> list[Doubt]:
    with_row = set(connection.scalars(select(known.c.job_id).where(known.c.job_id.in_(ids))))
    for job in set(ids) - with_row:  # of a ledger from before pushes were recorded
        connection.execute(insert(known).values(job_id=job, sessions=[], tries=0))
    keys = select(jobs.c.device_key).where(jobs.c.id.in_(ids))
    connection.execute(update(devices).where(devices.c.key.in_(keys)).values(fence=devices.c.fence + 1))
    fence = select(devices.c.fence).where(devices.c.key == jobs.c.device_key).scalar_subquery()
    connection.execute(update(jobs).where(jobs.c.id.in_(ids)).values(fence=fence))
    connection.execute(
        update(known)
        .where(known.c.job_id.in_(ids))
        .values(reconciler=node, look_at=now() + FORGOTTEN, tries=known.c.tries + 1)
    )
    of_run = runs.c.runbook, runs.c.parameters, runs.c.timeout, runs.c.commands
    query = (
        select(jobs, *of_run, known.c.sessions, known.c.baseline, known.c.tries)
        .join(runs, runs.c.id == jobs.c.run_id)
        .join(known, known.c.job_id == jobs.c.id)
        .where(jobs.c.id.in_(ids))
        .order_by(jobs.c.id)
    )
    at = clock(connection)
    return [_doubt(row, at) for row in connection.execute(query).mappings()]


def _doubt(row: Any, at: float) -> Doubt:
    same = ("device", "fence", "runbook", "parameters", "tries", "commands")
    return Doubt(
        job=row["id"],
        run=row["run_id"],
        key=row["device_key"],
        sessions=pushes.sessions_of(row, at),
        baseline=pushes.baseline_of(row),
        quiet=at - (row["pushing_at"] or at) - row["timeout"] - LEASE,
        **{name: row[name] for name in same},
    )


def _let_go(connection: Connection, doubt: Doubt, seconds: float | None) -> None:
    look_at = None if seconds is None else now() + seconds
    connection.execute(update(known).where(known.c.job_id == doubt.job).values(reconciler=None, look_at=look_at))


def _write(connection: Connection, doubt: Doubt, finding: Finding) -> None:
    proven = finding.outcome is not Outcome.NEEDS_OPERATOR
    connection.execute(
        update(jobs)
        .where(jobs.c.id == doubt.job)
        .values(
            state=(JobState.FINISHED if proven else JobState.IN_DOUBT).value,
            outcome=finding.outcome.value,
            problem=conclusions.problem_of(finding.problem),
            finished_at=now() if proven else None,
            **({"behind": None} if proven else {}),
        )
    )
    if proven:
        pushes.over(connection, [doubt.job])
        next_in_doubt(connection, doubt.key)
    else:
        _let_go(connection, doubt, None)
    connection.execute(update(devices).where(devices.c.key == doubt.key).values(fence=devices.c.fence + 1))


def _outputs(connection: Connection, job: int) -> int:
    """Return where the journal begins: after what the job itself left."""
    last = connection.scalar(select(func.max(outputs.c.position)).where(outputs.c.job_id == job))
    return 0 if last is None else last + 1


def _tell_of_secrets(connection: Connection, doubt: Doubt, node: str, finding: Finding) -> None:
    body = {"run": doubt.run, "device": doubt.device}
    for reference in finding.secrets:
        audit.record(connection, f"worker {node}", "secret.read", storable(reference), body)


def _tell(connection: Connection, doubt: Doubt, node: str, finding: Finding) -> None:
    said = {"device": doubt.device, "outcome": finding.outcome.value, "reason": finding.problem.message}
    audit.record(connection, f"worker {node}", "job.reconciled", doubt.run, said)
    news = News()
    proven = finding.outcome is not Outcome.NEEDS_OPERATOR
    news.add(
        doubt.run,
        EventKind.JOB_FINISHED if proven else EventKind.JOB_IN_DOUBT,
        doubt.device,
        outcome=finding.outcome.value,
        problem=conclusions.problem_of(finding.problem),
        reconciled_by=node,
    )
    locked(connection, [doubt.run])  # before counting: another job of the run may be concluding now
    judge_again(connection, doubt.run, news)
    news.write(connection, clock(connection))
