"""A ledger that lost its latest past: what it calls unfinished may have happened since.

A backup that says `queued` of a change was right when it was taken. The change may have been made after it, whole or in
part, and nothing in the ledger can tell. So no change that it knows as unfinished is ever begun again by itself.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, true, update

from netpulse_core.errors import InvalidParameters
from netpulse_core.ledger import audit, pushes
from netpulse_core.ledger.database import Database, again_if_beaten, clock
from netpulse_core.ledger.declared import ACTION, BY_ITSELF, Declared, Doubts, doubts, lately
from netpulse_core.ledger.outbox import News, locked
from netpulse_core.ledger.reaping import AT_ONCE, in_doubt, requeue
from netpulse_core.ledger.runs import count_down
from netpulse_core.ledger.schedules import wait_no_more
from netpulse_core.ledger.scheduletables import schedules
from netpulse_core.ledger.tables import devices, jobs, nodes, placements, runs
from netpulse_core.ledger.timeline import Moved
from netpulse_core.model.event import EventKind
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.state import JobState

log = logging.getLogger(__name__)

FAILED_OVER = "ledger.failed_over"

_LACKS = "the ledger may lack its latest past"
_UNKNOWN = "whether this change was begun in it is not known"
_HINT = (
    "`netpulse ledger status` counts them, `netpulse runs --verdict in_doubt` lists them where `netpulse api` is up; "
    "set freezes of the last minutes again"
)
_AT_IT = "a worker may still be at it, for {0.timeout:.0f} s at most"

NEW = {"state": JobState.IN_DOUBT.value, "outcome": Outcome.NEEDS_OPERATOR.value, "waits_on": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What became of the unfinished jobs of a ledger that was restored."""

    in_doubt: int
    queued_again: int
    runs: int
    schedules: int
    """Schedules whose due times up to now are not made up for."""
    declared: Declared | None = None
    """What was declared of the same loss before, so that nothing was done again: `in_doubt` is what remains so."""


@dataclass(slots=True)
class _Words:
    """What somebody is about to declare, and what became of it where that turned out to be a failover."""

    reason: str
    by: str
    found: Restored | None = None


def require_reason(reason: str) -> None:
    """Raise InvalidParameters where no reason is said."""
    if not reason.strip():
        raise InvalidParameters("--reason", ["it is empty: it is what those who resolve the doubts will read"])


class Restoring:
    """Declaring that a ledger was restored, or failed over to a copy that may lack the latest."""

    def __init__(self, database: Database, *, standbys_have_all: bool = False) -> None:
        self._database = database
        self._standbys_have_all = standbys_have_all
        self._words: _Words | None = None

    def declare(self, reason: str, *, by: str, again: bool = False) -> Restored:
        """Put every unfinished change in doubt, and see that nothing from before this moment changes anything after it.

        A failover that was declared by itself a moment before is not declared twice, unless `again`.
        """
        require_reason(reason)
        self._words = words = _Words(reason, by)
        try:
            return self._declare(words, again)
        finally:
            self._words = None

    @again_if_beaten
    def _declare(self, words: _Words, again: bool) -> Restored:
        """Declare it in one transaction: a worker that claimed in between would begin what may have been done."""
        with self._database.write() as connection:
            timeline = self._database.timeline
            last = lately(connection) if timeline is not None and timeline.known else None
            if last is not None and last.by == words.by and words.found is not None:
                return words.found
            if last is not None and last.by == BY_ITSELF and not again:
                left = doubts(connection)
                return Restored(in_doubt=left.changes, queued_again=0, runs=left.runs, schedules=0, declared=last)
            return _declared(connection, words.reason, words.by)

    def unsettled(self) -> Moved | None:
        """Return the failover that nobody has dealt with yet, because nothing was written since."""
        if self._database.timeline is None:
            return None
        with self._database.read() as connection:
            return self._database.timeline.unsettled(connection)

    def loses_nothing(self, moved: Moved) -> bool:
        """Whether the site vouches that everything may go on after it."""
        return moved.promoted and self._standbys_have_all

    def doubts(self) -> Doubts:
        """Return how much is in doubt."""
        with self._database.read() as connection:
            return doubts(connection)

    def moved(self, connection: Connection, moved: Moved) -> None:
        """Declare it where the ledger goes by another history than before: by ourselves, or in the words of `declare`.

        A failover of a site that vouches for its standbys is noted alone.
        """
        words = self._words
        if self.loses_nothing(moved):
            log.warning("%s; its standbys have every commit, so that all goes on", moved)
            audit.record(connection, BY_ITSELF, FAILED_OVER, "ledger", {"reason": str(moved)})
        elif words is not None:
            words.found = _declared(connection, f"{moved}: {words.reason}", words.by, workers_go_on=True)
        else:
            found = _declared(connection, str(moved), BY_ITSELF, workers_go_on=True)
            log.error("%s: unfinished changes now in doubt: %d; %s", moved, found.in_doubt, _HINT)


def _declared(connection: Connection, reason: str, by: str, *, workers_go_on: bool = False) -> Restored:
    rows = _unfinished(connection)
    at = clock(connection)
    news = News()
    _overtake(connection, at)
    ids = {row.run_id for row in rows}
    locked(connection, ids)
    reads = [row for row in rows if not row.changes and row.state == JobState.RUNNING.value]
    requeue(connection, reads, _LACKS)
    changes = [row for row in rows if row.changes]
    why = f"{_LACKS} ({reason}): {_UNKNOWN}"
    _doubt(connection, {row: f"{why}; {_AT_IT.format(row)}" if workers_go_on else why for row in changes}, at, news)
    news.write(connection, at)
    said = Restored(
        in_doubt=len(changes),
        queued_again=len(reads),
        runs=len({row.run_id for row in changes}),
        schedules=_forgo(connection, at),
    )
    audit.record(connection, by, ACTION, "ledger", {"reason": reason, "in_doubt": len(changes)})
    return said


def _unfinished(connection: Connection) -> Sequence[Any]:
    query = (
        select(
            jobs.c.id,
            jobs.c.run_id,
            jobs.c.device,
            jobs.c.device_key,
            jobs.c.state,
            jobs.c.crashes,
            jobs.c.cancel_at,
            runs.c.changes,
            runs.c.timeout,
        )
        .join(runs, runs.c.id == jobs.c.run_id)
        .where(jobs.c.state != JobState.FINISHED.value)
        .order_by(jobs.c.id)
        .with_for_update(of=jobs, key_share=True)
    )
    return connection.execute(query).all()


def _overtake(connection: Connection, at: float) -> None:
    """End every node's life, and let no number come again that one of before this moment may hold.

    A fence was counted up in the lost past too, and a node of then may come back with it; the count of a device's
    pushes keys older answers, of which some are from before a change that this ledger does not know.
    """
    leap = int(at * 1000)  # more than either grows by before the next time
    connection.execute(select(devices.c.key).order_by(devices.c.key).with_for_update(key_share=True))
    connection.execute(update(devices).values(fence=devices.c.fence + leap, pushes=devices.c.pushes + leap))
    connection.execute(update(nodes).where(nodes.c.lease_until > at).values(lease_until=at))
    connection.execute(placements.delete())


def _doubt(connection: Connection, rows: Mapping[Any, str], at: float, news: News) -> None:
    """Put these jobs in doubt; where a device has several, one holds it and the others stand behind.

    A person has to look: which sessions a push of the lost past had is not known, so no worker can end them.
    """
    held_by: dict[str, int] = {}
    for row in sorted(rows, key=lambda row: (row.state == JobState.QUEUED.value, row.id)):
        held_by.setdefault(row.device_key, row.id)
    fence = select(devices.c.fence).where(devices.c.key == jobs.c.device_key).scalar_subquery()
    mine = update(jobs).where(jobs.c.id == bindparam("job")).values(fence=fence)
    known, fresh = [], []
    # Those behind first: what holds a device now may be one of them.
    for row in sorted(rows, key=lambda row: held_by[row.device_key] == row.id):
        behind = None if held_by[row.device_key] == row.id else True
        if row.state == JobState.IN_DOUBT.value:  # it keeps its own reason
            known.append({"job": row.id, "behind": behind})
            continue
        problem = in_doubt(row, "Restored", rows[row])
        fresh.append({"job": row.id, "behind": behind, "problem": problem, **NEW})
        news.add(row.run_id, EventKind.JOB_IN_DOUBT, row.device, outcome=NEW["outcome"], problem=problem)
    for values in (known, fresh):
        if values:
            connection.execute(mine, values)
    for some in batched((one["job"] for one in fresh), AT_ONCE):
        pushes.over(connection, some)
    doubted = {one["job"] for one in fresh}
    count_down(connection, Counter(row.run_id for row in rows if row.id in doubted), news)


def _forgo(connection: Connection, at: float) -> int:
    """Make up for no due time that has come: it may have been fired in the past that is lost."""
    wait_no_more(connection, _LACKS, true())
    past = func.coalesce(schedules.c.passed, schedules.c.last_due, schedules.c.anchor) < at
    return connection.execute(update(schedules).where(past).values(passed=at)).rowcount
