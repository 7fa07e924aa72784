"""Claiming, the point of no return, and concluding: every move of a job that a node makes.

Row locks are waited for in one order everywhere: jobs by id, devices by key, runs by id. A claim, which comes after
conclusions in one transaction, waits for none of the first two: it skips what is taken.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, exists, select, true, update

from netpulse_core.errors import Cancelled, Conflict, Expired, LeaseLost, Refused
from netpulse_core.failpoints import Point, reached
from netpulse_core.ledger import claiming, conclusions, frozen, judgements, pushes, windowed
from netpulse_core.ledger.database import Database, again_if_beaten, clock, now
from netpulse_core.ledger.outbox import News, locked
from netpulse_core.ledger.runs import count_down
from netpulse_core.ledger.sealedparameters import Parameters
from netpulse_core.ledger.storekeys import StoreKeys
from netpulse_core.ledger.tables import devices, jobs, nodes, runs
from netpulse_core.ledger.texts import storable
from netpulse_core.model.event import EventKind
from netpulse_core.model.run import Claim, Conclusion
from netpulse_core.model.session import DeviceSession
from netpulse_core.model.state import JobState


class Claims:
    """The moves of the jobs of the ledger."""

    def __init__(self, database: Database, keys: StoreKeys, parameters: Parameters, pepper: bytes) -> None:
        self._database = database
        self._keys = keys
        self._parameters = parameters
        self._pepper = pepper

    @again_if_beaten
    def turn(
        self,
        node: str,
        done: Sequence[tuple[Claim, Conclusion]],
        slots: int,
        *,
        fifo_only: bool = False,
        suspects: int | None = None,
    ) -> tuple[list[Claim], set[str]]:
        """Conclude jobs and claim at most `slots` others, in one transaction; return the claims and the runs touched.

        `suspects` are how many of these may be jobs under which a worker died; None makes no difference between them.
        A conclusion whose fence is no longer the job's changes nothing: its job was taken from this node.
        """
        packed = [
            (claim, conclusion, conclusions.outputs_of(conclusion, self._keys, self._pepper))
            for claim, conclusion in done
        ]
        with self._database.write() as connection:
            at = clock(connection)
            news, finished = News(), Counter[str]()
            conclusions.write(connection, packed, at, news, finished)
            claims = claiming.claim(connection, node, slots, at, fifo_only, suspects) if slots > 0 else []
            claims = self._parameters.of_claims(connection, claims)
            for claim in claims:
                news.add(claim.run, EventKind.JOB_STARTED, claim.device, attempt=claim.attempt, node=node)
            locked(connection, news.facts)
            judgements.expect(connection, {claim.run for claim, _, made in packed if made.judged} & news.facts.keys())
            count_down(connection, finished, news)
            news.write(connection, at)
            if claims:
                reached(Point.CLAIMING)
            if done:
                reached(Point.CONCLUDING)
            return claims, set(news.facts)

    @again_if_beaten
    def cross(self, claim: Claim, node: str, on: DeviceSession, baseline: str | None = None) -> None:
        """Commit the point of no return of a change, or raise and let nothing be sent.

        Every reason not to start is a condition of the one statement, so that none can come true in between.
        """
        session = None if on.name is None else storable(on.name)
        with self._database.write() as connection:
            # Locked first: a statement that waits for a row judges by what it saw before it waited.
            asked = select(jobs.c.id, *frozen.beside_others(connection)).where(jobs.c.id == claim.job)
            connection.execute(asked.with_for_update(key_share=True))
            moved = connection.execute(
                update(jobs)
                .where(
                    jobs.c.id == claim.job,
                    jobs.c.fence == claim.fence,
                    jobs.c.state == JobState.RUNNING.value,
                    jobs.c.diagnostic.is_(None),
                    jobs.c.cancel_at.is_(None),
                    jobs.c.deadline_at > now(),
                    exists().where(runs.c.id == jobs.c.run_id, runs.c.changes),
                    exists().where(nodes.c.id == node, nodes.c.lease_until > now()),
                    ~frozen.frozen(true()),
                    ~windowed.stopped_in_hand(),
                    *self._database.same_timeline(),
                )
                .values(state=JobState.PUSHING.value, pushing_at=now(), device_session=session)
            )
            if moved.rowcount != 1:
                self._database.require_same_timeline(connection)
                raise _why_not(connection, claim)
            pushes.begin(connection, claim.job, replace(on, name=session), baseline)
            connection.execute(update(devices).where(devices.c.key == claim.key).values(pushes=devices.c.pushes + 1))
            news = News()
            news.add(claim.run, EventKind.JOB_PUSHING, claim.device, session=session)
            news.write(connection, clock(connection))
            reached(Point.CROSSING)

    @again_if_beaten
    def also_on(self, claim: Claim, on: DeviceSession) -> None:
        """Record another session before it changes the device, or raise and let nothing be sent on it."""
        with self._database.write() as connection:
            mine = jobs.c.id == claim.job, jobs.c.fence == claim.fence, jobs.c.state == JobState.PUSHING.value
            if connection.scalar(select(jobs.c.id).where(*mine).with_for_update(key_share=True)) is None:
                raise Conflict(f"{claim.device}: the job was taken from this node in the middle of the change")
            pushes.also(connection, claim.job, on if on.name is None else replace(on, name=storable(on.name)))


def _why_not(connection: Connection, claim: Claim) -> Refused:
    row = connection.execute(
        select(
            jobs.c.state,
            jobs.c.fence,
            jobs.c.deadline_at,
            jobs.c.cancel_at,
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
        return Cancelled(f"{claim.device}: it was cancelled before the change began")
    if row.deadline_at <= row.at:
        return Expired(f"{claim.device}: the deadline passed before the change began")
    if (stopped := frozen.refusal(connection, claim)) is not None:
        return stopped
    if (closed := windowed.refusal(connection, claim)) is not None:
        return closed
    return LeaseLost(f"{claim.device}: this node's lease ended before the change began")
