"""Cancelling: what is queued ends at once, what runs is marked for its node to stop, what changes goes on."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import batched
from typing import Any

from sqlalchemy import Connection, select, update

from netpulse_core.errors import Conflict, NotFound
from netpulse_core.ledger import audit
from netpulse_core.ledger.database import Database, again_if_beaten, clock
from netpulse_core.ledger.lists import among
from netpulse_core.ledger.outbox import News
from netpulse_core.ledger.runs import count_down
from netpulse_core.ledger.tables import held, jobs, runs
from netpulse_core.model.event import EventKind
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import to_resolve
from netpulse_core.model.state import JobState
from netpulse_core.model.stopping import Cancellation

AT_ONCE = 500
"""Ids of one statement: SQLite binds at most 32,766 values."""

SHOWN = 5
"""Devices named in one error."""

Nodes = dict[str, list[str]]
"""The keys of devices by the node at work on them."""


class Stopping:
    """Cancels jobs of the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @again_if_beaten
    def cancel(
        self, run: str, caller: str, devices: Collection[str] = (), *, queued_only: bool = False
    ) -> tuple[Cancellation, Nodes]:
        """Cancel a run, some devices of it, or what of them is still queued; return that, and the nodes to tell.

        A finished run is a Conflict, and so is one where all that is left has begun its change.
        """
        with self._database.write() as connection:
            left = _locked(connection, run)
            _refuse_finished(connection, run)
            wanted = set(devices)
            refused = _not_there(connection, run, wanted, left) if wanted else {}
            rows = [row for row in left if row.device in wanted] if wanted else left
            stoppable = {JobState.QUEUED} if queued_only else {JobState.QUEUED, JobState.RUNNING}
            queued = [row for row in rows if row.state == JobState.QUEUED]
            running = [row for row in rows if row.state == JobState.RUNNING and row.state in stoppable]
            if wanted or not queued_only:
                refused |= {row.device: _why_not(run, row) for row in rows if row.state not in stoppable}
            if refused and not queued and not running:
                raise Conflict(f"nothing of run {run} was cancelled: {_words(refused)}")
            after = _stop(connection, run, caller, queued, running, refused)
        nodes: Nodes = defaultdict(list)
        for row in running:
            nodes[row.node].append(row.device_key)
        stopping = tuple(row.device for row in running)
        return Cancellation(run=run, cancelled=len(queued), stopping=stopping, refused=refused, after=after), nodes

    def asked(self, node: str) -> set[tuple[int, int]]:
        """Return the jobs, each with its fence, that a node is to stop."""
        running = jobs.c.state == JobState.RUNNING.value
        query = select(jobs.c.id, jobs.c.fence).where(
            held(), jobs.c.node == node, running, jobs.c.cancel_at.is_not(None)
        )
        with self._database.read() as connection:
            return {(row.id, row.fence) for row in connection.execute(query)}

    def taken_away(self, known: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
        """Return which of these jobs, each with its fence, are no longer at work for whom they were claimed."""
        if not known:
            return set()
        states = [JobState.RUNNING.value, JobState.PUSHING.value]
        query = select(jobs.c.id, jobs.c.fence).where(among(jobs.c.id, "np_ids"), jobs.c.state.in_(states))
        with self._database.read() as connection:
            rows = connection.execute(query, {"np_ids": [job for job, _ in known]})
            return set(known) - {(row.id, row.fence) for row in rows}


def _locked(connection: Connection, run: str) -> Sequence[Any]:
    """Lock all that is unfinished of a run, not only what is queued.

    One that is being put back for another attempt is then seen queued, and none crosses its point of no return
    while it is being cancelled.
    """
    query = (
        select(jobs.c.id, jobs.c.device, jobs.c.device_key, jobs.c.state, jobs.c.node)
        .where(jobs.c.run_id == run, jobs.c.state != JobState.FINISHED.value)
        .order_by(jobs.c.id)
        .with_for_update(key_share=True)
    )
    return connection.execute(query).all()


def _refuse_finished(connection: Connection, run: str) -> None:
    row = connection.execute(select(runs.c.verdict).where(runs.c.id == run).with_for_update(key_share=True)).first()
    if row is None:
        raise NotFound("run", run)
    if row.verdict is not None:
        raise Conflict(f"run {run} has finished: {row.verdict}")


def _not_there(connection: Connection, run: str, wanted: Collection[str], left: Sequence[Any]) -> dict[str, str]:
    """Return why those that have finished are not cancelled; raise NotFound for one that is not in the run."""
    query = select(jobs.c.device, jobs.c.outcome).where(jobs.c.run_id == run).order_by(jobs.c.id)
    outcomes = {row.device: row.outcome for row in connection.execute(query)}
    for name in sorted(wanted):
        if name not in outcomes:
            raise NotFound("device", name, where="in this run", known=outcomes)
    unfinished = {row.device for row in left}
    return {
        name: f"it has finished: {outcome}"
        for name, outcome in outcomes.items()
        if name in wanted and name not in unfinished
    }


def _why_not(run: str, row: Any) -> str:
    match row.state:
        case JobState.PUSHING:
            return "its change has begun: broken off half-way, nobody would know what it holds"
        case JobState.IN_DOUBT:
            return f"it is in doubt: {to_resolve(run, row.device)}"
    return "it is at work, and only what is queued was to be cancelled"


def _words(refused: Mapping[str, str]) -> str:
    said = [f"{device}: {why}" for device, why in list(refused.items())[:SHOWN]]
    more = len(refused) - len(said)
    return "; ".join([*said, f"and {more} more"] if more else said)


def _stop(
    connection: Connection,
    run: str,
    caller: str,
    queued: Sequence[Any],
    running: Sequence[Any],
    refused: Mapping[str, str],
) -> int:
    at = clock(connection)
    problem = {"kind": "Cancelled", "message": f"cancelled by {caller}", "hint": ""}
    over = {"state": JobState.FINISHED.value, "outcome": Outcome.CANCELLED.value, "finished_at": at, "cancel_at": at}
    _update(connection, queued, over | {"problem": problem, "waits_on": None})
    _update(connection, running, {"cancel_at": at})
    names = [row.device for row in running]
    said: dict[str, Any] = {"jobs": len(queued), "stopping": names, "refused": dict(refused)}
    audit.record(connection, caller, "run.cancelled", run, said)
    news = News()
    news.add(run, EventKind.RUN_CANCELLED, caller=caller, **said)
    for row in queued:
        news.add(run, EventKind.JOB_FINISHED, row.device, outcome=Outcome.CANCELLED.value, problem=problem)
    if queued:
        count_down(connection, {run: len(queued)}, news)
    return news.write(connection, at)[run]


def _update(connection: Connection, rows: Sequence[Any], values: Mapping[str, Any]) -> None:
    for some in batched(rows, AT_ONCE):
        ids = [row.id for row in some]
        connection.execute(update(jobs).where(jobs.c.id.in_(ids)).values(**values))
