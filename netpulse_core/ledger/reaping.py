"""Jobs whose time is over, and jobs whose node has died."""

from collections import Counter
from collections.abc import Collection
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, func, or_, select, update

from netpulse_core.errors import Conflict, NotFound
from netpulse_core.failpoints import Point, reached
from netpulse_core.ledger import audit, frozen, pushes, windowed
from netpulse_core.ledger.database import Database, again_if_beaten, clock, now
from netpulse_core.ledger.jobs import waits
from netpulse_core.ledger.outbox import News, locked
from netpulse_core.ledger.runs import count_down
from netpulse_core.ledger.tables import devices, held, holds, jobs, nodes, queued, runs
from netpulse_core.model.event import EventKind
from netpulse_core.model.node import LEASE
from netpulse_core.model.outcome import DOUBTFUL, Outcome, verdict
from netpulse_core.model.run import to_resolve
from netpulse_core.model.state import JobState

AT_ONCE = 500

_DIED = "its worker died while the configuration was being changed"


class Reaping:
    """Moves that no node makes for itself."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @again_if_beaten
    def expire(self) -> set[str]:
        """Conclude queued jobs whose deadline has passed, AT_ONCE of them at most; return the runs touched."""
        with self._database.read() as connection:
            if connection.scalar(select(jobs.c.id).where(*_overdue(connection)).order_by(_DEADLINE).limit(1)) is None:
                return set()  # the usual case costs no write transaction
        with self._database.write() as connection:
            rows = _locked(connection, *_overdue(connection), first=_DEADLINE)
            ids = [row.id for row in rows]
            stopped, closed = frozen.waiting(connection, ids), windowed.waiting(connection, ids)
            problems = {job: windowed.blocked(words) for job, words in closed.items()}
            problems |= {job: frozen.blocked(words) for job, words in stopped.items()}
            why = waits(connection, ids)
            hints = {why[row.id]: row.problem["hint"] for row in rows if row.waits_on and row.problem}
            locked(connection, {row.run_id for row in rows})  # all at once: in parts it could meet somebody in a ring
            touched: set[str] = set()
            for message in sorted({problem["message"] for problem in problems.values()}):
                waited = [row for row in rows if row.id in problems and problems[row.id]["message"] == message]
                touched |= _finish(connection, waited, Outcome.BLOCKED, problems[waited[0].id])
            for reason in sorted(set(why.values())):
                waited = [row for row in rows if why[row.id] == reason and row.id not in problems]
                touched |= _finish(connection, waited, Outcome.EXPIRED, _expired(reason, hints.get(reason)))
            return touched

    def reap(self) -> set[str]:
        """Free what dead nodes held: before the point of no return it is queued again, after it, it is in doubt.

        What its node died under runs alone from now on: it may be what killed the node.
        A push is left alone until its own timeout and one more lease have passed: its node may still conclude it.
        """
        living = select(nodes.c.id).where(nodes.c.lease_until > now())
        # Each with what is held, as the partial index is written, because SQLite uses it only for its very words.
        running = held(), jobs.c.state == JobState.RUNNING.value, jobs.c.node.not_in(living)
        with self._database.read() as connection:
            dead = connection.scalar(select(jobs.c.id).where(*running).limit(1))
            lost = connection.scalar(_lost_pushes().limit(1))
        freed = self._free(running) if dead is not None else set()
        return freed | (self._doubt() if lost is not None else set())

    @again_if_beaten
    def put_back(self, node: str, known: Collection[tuple[int, int]]) -> set[str]:
        """Queue again what a living node holds and has not in hand, as after a claim whose commit went unanswered.

        `known` are the jobs it does know of, each with its fence: after a lost answer it may know an earlier claim of
        the same job. Neither an attempt nor a crash is counted: the job is not to blame.
        """
        mine = held(), jobs.c.node == node, jobs.c.state == JobState.RUNNING.value
        with self._database.read() as connection:
            rows = connection.execute(select(jobs.c.id, jobs.c.fence).where(*mine))
            unknown = [row.id for row in rows if (row.id, row.fence) not in known]
        if not unknown:
            return set()  # the usual case costs no write transaction
        with self._database.write() as connection:
            return requeue(connection, _locked(connection, *mine, jobs.c.id.in_(unknown)), "no worker had it in hand")

    @again_if_beaten
    def _free(self, running: Any) -> set[str]:
        with self._database.write() as connection:
            why = "its worker died under it: it runs alone next"
            return requeue(connection, _locked(connection, *running), why, attempts=0, crashes=1)

    @again_if_beaten
    def _doubt(self) -> set[str]:
        with self._database.write() as connection:
            return _doubt(connection)

    @again_if_beaten
    def resolve(self, run: str, device: str, outcome: Outcome, caller: str, reason: str) -> None:
        """Let a person say what became of a job in doubt; the device is free again."""
        word = {"kind": "Resolved", "message": f"{caller} says: {reason}", "hint": ""}  # the next person reads it there
        with self._database.write() as connection:
            row = _with_those_behind(connection, run, device)
            if row.state != JobState.IN_DOUBT.value:
                raise Conflict(f"{device}: run {run} is not in doubt there: it is {row.state}")
            connection.execute(
                update(jobs)
                .where(jobs.c.id == row.id)
                .values(
                    state=JobState.FINISHED.value,
                    outcome=outcome.value,
                    problem=word,
                    finished_at=now(),
                    behind=None,
                )
            )
            pushes.over(connection, [row.id])
            next_in_doubt(connection, row.device_key)
            connection.execute(update(devices).where(devices.c.key == row.device_key).values(fence=devices.c.fence + 1))
            said = {"device": device, "outcome": outcome.value, "reason": reason}
            audit.record(connection, caller, "job.resolved", run, said)
            news = News()
            news.add(run, EventKind.JOB_FINISHED, device, outcome=outcome.value, resolved_by=caller, reason=reason)
            locked(connection, [run])  # before counting: another job of the run may be concluding now
            judge_again(connection, run, news)
            news.write(connection, clock(connection))


def _with_those_behind(connection: Connection, run: str, device: str) -> Any:
    """Lock a job with those in doubt behind it, in the order of all, and return it."""
    mine = jobs.c.run_id == run, jobs.c.device == device
    key = select(jobs.c.device_key).where(*mine).scalar_subquery()
    found = (
        select(jobs.c.id, jobs.c.run_id, jobs.c.device, jobs.c.state, jobs.c.device_key, jobs.c.behind)
        .where(or_(and_(*mine), and_(jobs.c.behind.is_not(None), jobs.c.device_key == key)))
        .order_by(jobs.c.id)
        .with_for_update(key_share=True)
    )
    for row in connection.execute(found):
        if (row.run_id, row.device) == (run, device):
            return row
    raise NotFound("job", f"{run} {device}")


def next_in_doubt(connection: Connection, key: str) -> None:
    """Let the next doubt of a device hold it, where there is one and nothing else does."""
    holder, waiting = jobs.alias(), jobs.alias()
    following = (
        select(func.min(waiting.c.id))
        .where(waiting.c.behind.is_not(None), waiting.c.device_key == key)
        .where(~exists().where(holder.c.device_key == key, holds(holder)))
        .scalar_subquery()
    )
    connection.execute(update(jobs).where(jobs.c.id == following).values(behind=None))


_DEADLINE = jobs.c.deadline_at


def _overdue(connection: Connection) -> tuple[Any, ...]:
    # The clock as a value, and asked for in this order: to PostgreSQL its own clock is another at each row, which no
    # index is looked up by; and where it takes any row for overdue, it looks for the first one through all jobs.
    return queued(), clock(connection) >= _DEADLINE


def _expired(reason: str, hint: str | None) -> dict[str, str]:
    return {
        "kind": "Expired",
        "message": f"the deadline passed before a worker could start this job: {reason}",
        "hint": hint or ("see `netpulse nodes`" if "worker" in reason else ""),
    }


def _lost_pushes() -> Any:
    living = select(nodes.c.id).where(nodes.c.lease_until > now())
    return (
        select(jobs.c.id, jobs.c.run_id, jobs.c.device, jobs.c.device_key)
        .join(runs, runs.c.id == jobs.c.run_id)
        .where(
            held(),
            jobs.c.state == JobState.PUSHING.value,
            jobs.c.node.not_in(living),
            jobs.c.pushing_at + runs.c.timeout + LEASE <= now(),
        )
    )


def _locked(connection: Connection, *where: Any, first: Any = None) -> list[Any]:
    """Lock jobs, skipping what somebody else has locked, and return them in their order.

    They are sorted here: asked for that order, SQLite walks all jobs in it. Who waits for no lock may take them in any.
    """
    query = (
        select(
            jobs.c.id,
            jobs.c.run_id,
            jobs.c.device,
            jobs.c.device_key,
            jobs.c.cancel_at,
            jobs.c.waits_on,
            jobs.c.problem,
        )
        .where(*where)
        .order_by(first)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return sorted(connection.execute(query), key=attrgetter("id"))


def _finish(connection: Connection, rows: list[Any], outcome: Outcome, problem: dict[str, str] | None) -> set[str]:
    if not rows:
        return set()
    at, news = clock(connection), News()
    connection.execute(
        update(jobs)
        .where(jobs.c.id.in_([row.id for row in rows]))
        .values(state=JobState.FINISHED.value, outcome=outcome.value, problem=problem, finished_at=at)
    )
    for row in rows:
        news.add(row.run_id, EventKind.JOB_FINISHED, row.device, outcome=outcome.value, problem=problem)
    count_down(connection, Counter(row.run_id for row in rows), news)
    news.write(connection, at)
    return set(news.facts)


def requeue(connection: Connection, taken: list[Any], reason: str, *, attempts: int = -1, crashes: int = 0) -> set[str]:
    """Queue running jobs again, locked before; what was cancelled ends, and what kills its workers is quarantined."""
    if not taken:
        return set()
    at, news = clock(connection), News()
    keys = [row.device_key for row in taken]
    connection.execute(update(devices).where(devices.c.key.in_(keys)).values(fence=devices.c.fence + 1))
    reached(Point.REAPING)
    locked(connection, {row.run_id for row in taken})
    cancelled = {"kind": "Cancelled", "message": f"cancelled, and {reason}", "hint": ""}
    ended = _finish(connection, [row for row in taken if row.cancel_at is not None], Outcome.CANCELLED, cancelled)
    rows = [row for row in taken if row.cancel_at is None]
    fence = select(devices.c.fence).where(devices.c.key == jobs.c.device_key).scalar_subquery()
    connection.execute(
        update(jobs)
        .where(jobs.c.id.in_([row.id for row in rows]), jobs.c.state == JobState.RUNNING.value)
        .values(
            state=JobState.QUEUED.value,
            node=None,
            fence=fence,
            attempt=jobs.c.attempt + attempts,
            crashes=jobs.c.crashes + crashes,
            not_before=at,
        )
    )
    for row in rows:
        news.add(row.run_id, EventKind.JOB_RETRYING, row.device, reason=reason)
    news.write(connection, at)
    return ended | set(news.facts)


def _doubt(connection: Connection) -> set[str]:
    lost = _lost_pushes().limit(AT_ONCE).with_for_update(of=jobs, skip_locked=True, key_share=True)
    rows = sorted(connection.execute(lost), key=attrgetter("id"))  # as above
    if not rows:
        return set()
    at, news = clock(connection), News()
    why = {row.id: in_doubt(row, "InDoubt", _DIED) for row in rows}
    lose_sight = (
        update(jobs)
        .where(jobs.c.id == bindparam("job"), jobs.c.state == JobState.PUSHING.value)
        .values(state=JobState.IN_DOUBT.value, outcome=Outcome.IN_DOUBT.value, fence=jobs.c.fence + 1)
    )
    connection.execute(lose_sight, [{"job": job, "problem": problem} for job, problem in why.items()])
    keys = [row.device_key for row in rows]
    connection.execute(update(devices).where(devices.c.key.in_(keys)).values(fence=devices.c.fence + 1))
    for row in rows:
        news.add(row.run_id, EventKind.JOB_IN_DOUBT, row.device, outcome="in_doubt", problem=why[row.id])
    count_down(connection, Counter(row.run_id for row in rows), news)
    reached(Point.DOUBTING)
    news.write(connection, at)
    return set(news.facts)


def in_doubt(row: Any, kind: str, why: str) -> dict[str, str]:
    """Return the problem of a job that is put in doubt: why, and what a person can do about this very job."""
    return {"kind": kind, "message": why, "hint": to_resolve(row.run_id, row.device)}


def judge_again(connection: Connection, run: str, news: News) -> None:
    """Give a run, locked by its caller, another verdict where none of its jobs is in doubt any more."""
    rows = connection.scalars(select(jobs.c.outcome).where(jobs.c.run_id == run, jobs.c.outcome.is_not(None)))
    counts = Counter(Outcome(one) for one in rows)
    if set(counts) & DOUBTFUL:
        return
    unfinished = connection.scalar(select(runs.c.unfinished).where(runs.c.id == run))
    if unfinished == 0:
        result = verdict(counts).value
        connection.execute(update(runs).where(runs.c.id == run).values(verdict=result))
        news.add(run, EventKind.RUN_FINISHED, verdict=result, counts=dict(counts))
