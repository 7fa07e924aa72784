"""Claiming, the point of no return, and concluding: every move of a job that a node makes.

Row locks are waited for in one order everywhere: jobs by id, devices by key, runs by id. A claim, which comes after
conclusions in one transaction, waits for none of the first two: it skips what is taken.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from netpulse_core.errors import Conflict, Refused
from netpulse_core.ledger import conclusions
from netpulse_core.ledger.database import Database, again_if_beaten, now
from netpulse_core.ledger.outbox import News, locked
from netpulse_core.ledger.runs import count_down
from netpulse_core.ledger.tables import devices, held, jobs, nodes, placements, queued, runs
from netpulse_core.model.event import EventKind
from netpulse_core.model.run import Claim, Conclusion
from netpulse_core.model.runbook import Queue
from netpulse_core.model.state import JobState


class Claims:
    """The moves of the jobs of the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @again_if_beaten
    def turn(
        self, node: str, done: Sequence[tuple[Claim, Conclusion]], slots: int, *, fifo_only: bool = False
    ) -> tuple[list[Claim], set[str]]:
        """Conclude jobs and claim at most `slots` others, in one transaction; return the claims and the runs touched.

        A conclusion whose fence is no longer the job's changes nothing: its job was taken from this node.
        """
        packed = [(claim, conclusion, conclusions.outputs_of(conclusion)) for claim, conclusion in done]
        with self._database.write() as connection:
            at = float(connection.scalar(select(now())) or 0.0)
            news, finished = News(), Counter[str]()
            conclusions.write(connection, packed, at, news, finished)
            claims = self._claim(connection, node, slots, at, fifo_only) if slots > 0 else []
            for claim in claims:
                news.add(claim.run, EventKind.JOB_STARTED, claim.device, attempt=claim.attempt, node=node)
            locked(connection, news.facts)
            count_down(connection, finished, news)
            news.write(connection, at)
            return claims, set(news.facts)

    @again_if_beaten
    def cross(self, claim: Claim, node: str, device_session: str | None) -> None:
        """Commit the point of no return of a change, or raise and let nothing be sent.

        Every reason not to start is a condition of the one statement, so that none can come true in between.
        """
        session = None if device_session is None else conclusions.storable(device_session)
        with self._database.write() as connection:
            # Locked first: a statement that waits for a row judges by what it saw before it waited.
            connection.execute(select(jobs.c.id).where(jobs.c.id == claim.job).with_for_update(key_share=True))
            moved = connection.execute(
                update(jobs)
                .where(
                    jobs.c.id == claim.job,
                    jobs.c.fence == claim.fence,
                    jobs.c.state == JobState.RUNNING.value,
                    jobs.c.deadline_at > now(),
                    exists().where(runs.c.id == jobs.c.run_id, runs.c.changes, runs.c.cancel_at.is_(None)),
                    exists().where(nodes.c.id == node, nodes.c.lease_until > now()),
                )
                .values(state=JobState.PUSHING.value, pushing_at=now(), device_session=session)
            )
            if moved.rowcount != 1:
                raise _why_not(connection, claim)
            connection.execute(update(devices).where(devices.c.key == claim.key).values(pushes=devices.c.pushes + 1))
            news = News()
            news.add(claim.run, EventKind.JOB_PUSHING, claim.device, session=session)
            news.write(connection, float(connection.scalar(select(now())) or 0.0))

    def _claim(self, connection: Connection, node: str, slots: int, at: float, fifo_only: bool) -> list[Claim]:
        life = connection.execute(
            select(nodes.c.revision).where(nodes.c.id == node, nodes.c.lease_until > at, nodes.c.draining.is_(False))
        ).first()
        if life is None:
            return []
        mine = jobs.c.queue == Queue.FIFO.value
        if not fifo_only:
            mine = or_(mine, placements.c.node == node)
        ready = and_(
            queued(),
            jobs.c.not_before <= at,
            jobs.c.deadline_at > at,
            jobs.c.revision == life.revision,
            mine,
        )
        keys = _candidates(connection, ready, slots)
        free = _locked(connection, keys)
        return _taken(connection, _best(connection, ready, free), node, at) if free else []


def _candidates(connection: Connection, ready: Any, slots: int) -> list[str]:
    """Return the keys of devices that have work and are not held, most urgent first, each once."""
    holder = aliased(jobs)
    found = (
        select(jobs.c.device_key)
        .select_from(jobs.outerjoin(placements, placements.c.device_key == jobs.c.device_key))
        .where(ready, ~exists().where(holder.c.device_key == jobs.c.device_key, held(holder)))
    )
    most = slots * 4  # several may be of one device
    head = list(connection.scalars(found.order_by(jobs.c.rank, jobs.c.id).limit(most)))
    keys = list(dict.fromkeys(head))
    if len(head) == most and len(keys) < slots:
        # A few devices fill the head of the queue: only now is it worth walking all of it to get past them.
        keys = list(connection.scalars(found.group_by(jobs.c.device_key).order_by(func.min(jobs.c.rank)).limit(slots)))
    return keys[:slots]


def _locked(connection: Connection, keys: Sequence[str]) -> list[str]:
    """Lock the devices that nobody else is locking; without it one urgent insert rolls back a whole batch."""
    query = (
        select(devices.c.key)
        .where(devices.c.key.in_(keys))
        .order_by(devices.c.key)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return list(connection.scalars(query))


def _best(connection: Connection, ready: Any, keys: Sequence[str]) -> list[int]:
    """Return the next job of each locked device, asked again because the first answer was not under the lock."""
    holder = aliased(jobs)
    place = func.row_number().over(partition_by=jobs.c.device_key, order_by=(jobs.c.rank, jobs.c.id))
    ranked = (
        select(jobs.c.id, place.label("place"))
        .select_from(jobs.outerjoin(placements, placements.c.device_key == jobs.c.device_key))
        .where(
            ready,
            jobs.c.device_key.in_(keys),
            ~exists().where(holder.c.device_key == jobs.c.device_key, held(holder)),
        )
        .subquery()
    )
    first = select(ranked.c.id).where(ranked.c.place == 1)
    # Skipping, because to wait here for somebody who cancels while holding conclusions he waits for is a deadlock.
    query = select(jobs.c.id).where(jobs.c.id.in_(first), queued()).with_for_update(skip_locked=True, key_share=True)
    return list(connection.scalars(query))


def _taken(connection: Connection, ids: Sequence[int], node: str, at: float) -> list[Claim]:
    if not ids:
        return []
    of_these = select(jobs.c.device_key).where(jobs.c.id.in_(ids))
    connection.execute(update(devices).where(devices.c.key.in_(of_these)).values(fence=devices.c.fence + 1))
    fence = select(devices.c.fence).where(devices.c.key == jobs.c.device_key).scalar_subquery()
    connection.execute(
        update(jobs)
        .where(jobs.c.id.in_(ids), queued())
        .values(
            state=JobState.RUNNING.value,
            node=node,
            fence=fence,
            attempt=jobs.c.attempt + 1,
            claimed_at=at,
            device_session=None,
            problem=None,
        )
    )
    query = (
        select(
            jobs,
            runs.c.runbook,
            runs.c.parameters,
            runs.c.changes,
            runs.c.timeout,
            runs.c.attempts,
            runs.c.caller,
        )
        .join(runs, runs.c.id == jobs.c.run_id)
        .where(jobs.c.id.in_(ids))
        .order_by(jobs.c.rank, jobs.c.id)
    )
    return [
        Claim(
            job=row["id"],
            run=row["run_id"],
            device=row["device"],
            key=row["device_key"],
            fence=row["fence"],
            attempt=row["attempt"],
            runbook=row["runbook"],
            parameters=row["parameters"],
            changes=row["changes"],
            queue=Queue(row["queue"]),
            timeout=row["timeout"],
            attempts=row["attempts"],
            caller=row["caller"],
            rank=row["rank"],
            deadline_at=row["deadline_at"],
            left=row["deadline_at"] - at,
        )
        for row in connection.execute(query).mappings()
    ]


def _why_not(connection: Connection, claim: Claim) -> Refused:
    row = connection.execute(
        select(
            jobs.c.state,
            jobs.c.fence,
            jobs.c.deadline_at,
            runs.c.cancel_at,
            runs.c.changes,
            now().label("at"),
        )
        .join(runs, runs.c.id == jobs.c.run_id)
        .where(jobs.c.id == claim.job)
    ).one()
    if row.fence != claim.fence or row.state != JobState.RUNNING.value:
        return Conflict(f"{claim.device}: the job was taken from this node before it changed anything")
    if not row.changes:
        return Refused(f"{claim.device}: this run may only read", hint="mark the runbook with changes=True")
    if row.cancel_at is not None:
        return Conflict(f"{claim.device}: the run was cancelled before the change began")
    if row.deadline_at <= row.at:
        return Refused(f"{claim.device}: the deadline passed before the change began")
    return Conflict(f"{claim.device}: this node's lease ended before the change began")
