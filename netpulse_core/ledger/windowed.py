"""Which jobs a maintenance window or a blackout stops, as a condition of the statements that would begin them.

No database evaluates calendars, and no node's clock is believed. So nodes write what they read as stretches of time
into books, and the statements compare these with the ledger's own clock. In force are the books of every living node:
while their sites differ, a change begins only where each of them lets it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    or_,
    select,
)

from netpulse_core.errors import WindowClosed
from netpulse_core.ledger.database import now
from netpulse_core.ledger.tables import jobs, nodes, runs
from netpulse_core.ledger.windowtables import window_books, window_devices, window_stretches
from netpulse_core.model.run import Claim

WAITS_ON = "window"
"""What a job waits on that was put back from its point of no return because its window had closed."""

_BEYOND = "its maintenance windows are not known for this time: a worker has to read them"


def in_force() -> Any:
    """Return the books of living nodes."""
    return select(nodes.c.book).where(nodes.c.book.is_not(None), nodes.c.lease_until > now())


def stopped() -> ColumnElement[bool]:
    """Whether a window stops a row of jobs from being claimed: closed, or too short for what it is expected to take."""
    return _stopped(window_stretches.c.ends_at - now() >= func.coalesce(jobs.c.expected, 0.0))


def stopped_in_hand() -> ColumnElement[bool]:
    """Whether a window stops a row of jobs that was claimed from beginning its change."""
    fits = window_stretches.c.ends_at - jobs.c.claimed_at >= func.coalesce(jobs.c.expected, 0.0)
    return _stopped(fits)


def _stopped(fits: ColumnElement[bool]) -> ColumnElement[bool]:
    open_now = exists().where(*_current(), window_stretches.c.open, fits).correlate_except(window_stretches)
    closed = exists().where(_follows(), window_devices.c.reads != runs.c.changes, ~open_now)
    of_run = runs.c.id == jobs.c.run_id, runs.c.override_window.is_(None)
    return exists().where(*of_run, or_(_torn_out(), closed.correlate_except(window_devices))).correlate_except(runs)


def _torn_out() -> ColumnElement[bool]:
    """Whether a living node has read a book that is not there: nothing begins until it has written it again."""
    there = exists().where(window_books.c.id == nodes.c.book).correlate_except(window_books)
    return exists().where(nodes.c.book.is_not(None), nodes.c.lease_until > now(), ~there).correlate_except(nodes)


def _follows() -> ColumnElement[bool]:
    return and_(window_devices.c.device_key == jobs.c.device_key, window_devices.c.book.in_(in_force()))


def _current() -> tuple[ColumnElement[bool], ...]:
    same = (
        window_stretches.c.book == window_devices.c.book,
        window_stretches.c.calendar == window_devices.c.calendar,
    )
    return (*same, window_stretches.c.begins_at <= now(), window_stretches.c.ends_at > now())


def sentence(stops: ColumnElement[bool] | None = None) -> ColumnElement[str]:
    """Return why a window stops a row of jobs, in words; none where none does."""
    seconds = cast(cast(func.coalesce(jobs.c.expected, 0.0), Integer), Text)
    too_long = func.coalesce("the change may take " + seconds + " s, and " + window_stretches.c.words, _BEYOND)
    words = case((window_stretches.c.open, too_long), else_=func.coalesce(window_stretches.c.words, _BEYOND))
    closing = window_devices.outerjoin(window_stretches, and_(*_current()))
    open_first = case((window_stretches.c.open, 1), else_=0)
    query = (
        select(words)
        .select_from(closing)
        .where(_follows(), window_devices.c.reads != _of_run(), stopped() if stops is None else stops)
        .order_by(open_first, window_devices.c.book)
        .limit(1)
    )
    why = query.correlate(jobs).scalar_subquery()
    return case((exists(in_force()), why))  # asked first, because there are mostly none, and it is cheap to know


def _of_run() -> Any:
    return select(runs.c.changes).where(runs.c.id == jobs.c.run_id).correlate(jobs).scalar_subquery()


def waiting(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Return which of these jobs, queued and locked by the caller, wait for a window, and why."""
    if connection.scalar(in_force().limit(1)) is None:
        return {}
    rows = connection.execute(select(jobs.c.id, sentence().label("words")).where(jobs.c.id.in_(ids)))
    return {row.id: row.words for row in rows if row.words is not None}


def blocked(words: str) -> dict[str, str]:
    """Return the problem of a job whose deadline passed while it waited for its window."""
    hint = "`netpulse windows next` says when each device may be changed; ask again with a longer --deadline"
    return {
        "kind": "WindowClosed",
        "message": f"the deadline passed before this job could start: {words}",
        "hint": hint,
    }


def refusal(connection: Connection, claim: Claim) -> WindowClosed | None:
    """Return why a claimed change may not begin, where a window is the reason."""
    stops = stopped_in_hand()
    query = select(func.coalesce(sentence(stops), _BEYOND)).where(jobs.c.id == claim.job, stops)
    words = connection.scalar(query)
    return None if words is None else WindowClosed(f"{claim.device}: {words}", waits_on=WAITS_ON)
