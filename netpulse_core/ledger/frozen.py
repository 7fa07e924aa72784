"""Which jobs a freeze stops, as a condition of the statements that would begin them.

A freeze of a target means the devices it selects on whatever site revision a job belongs to. The ledger knows them as
rows, one set for each revision that has been read; until a revision is read, the freeze means every device of it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, ScalarSelect, and_, exists, func, or_, select, true

from netpulse_core.errors import Frozen
from netpulse_core.ledger.database import now
from netpulse_core.ledger.freezetables import freeze_devices, freeze_revisions, freezes
from netpulse_core.ledger.tables import jobs, runs
from netpulse_core.model.run import Claim

_LOCK = 8420_002
"""Which of PostgreSQL's advisory locks this is."""


def in_force() -> ColumnElement[bool]:
    """Whether a freeze is neither thawed nor over."""
    return and_(freezes.c.thawed_at.is_(None), or_(freezes.c.until_at.is_(None), freezes.c.until_at > now()))


def means(changes: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a freeze in force stops a row of jobs whose run changes, or does not."""
    this = freeze_devices.c.freeze == freezes.c.id, freeze_devices.c.device_key == jobs.c.device_key
    device = exists().where(*this).correlate_except(freeze_devices)
    here = freeze_revisions.c.freeze == freezes.c.id, freeze_revisions.c.revision == jobs.c.revision
    read = exists().where(*here).correlate_except(freeze_revisions)
    return and_(in_force(), or_(freezes.c.reads_too, changes), or_(freezes.c.target.is_(None), device, ~read))


def frozen(changes: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether any freeze stops a row of jobs."""
    return exists(select(freezes.c.id).where(means(changes)).correlate_except(freezes))


def of_its_run() -> ColumnElement[bool]:
    """Whether the run of a row of jobs changes, in a statement that does not join runs."""
    return exists().where(runs.c.id == jobs.c.run_id, runs.c.changes).correlate_except(runs)


def sentence(changes: ColumnElement[bool]) -> ScalarSelect[str]:
    """Return the words of the freeze that stops a row of jobs."""
    words = select(freezes.c.sentence).where(means(changes)).order_by(freezes.c.created_at).limit(1)
    return words.correlate_except(freezes).scalar_subquery()


def waiting(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Return which of these jobs, queued and locked by the caller, wait for a freeze to end, and its words."""
    words = sentence(of_its_run()).label("words")
    rows = connection.execute(select(jobs.c.id, words).where(jobs.c.id.in_(ids)))
    return {row.id: row.words for row in rows if row.words is not None}


def blocked(words: str) -> dict[str, str]:
    """Return the problem of a job whose deadline passed while it waited for a freeze to end."""
    return {"kind": "Frozen", "message": f"the deadline passed before this job could start: {words}", "hint": ""}


def refusal(connection: Connection, claim: Claim) -> Frozen | None:
    """Return why a claimed change may not begin, where a freeze is the reason."""
    query = select(freezes.c.id, freezes.c.sentence).select_from(freezes.join(jobs, jobs.c.id == claim.job))
    row = connection.execute(query.where(means(true())).order_by(freezes.c.created_at).limit(1)).first()
    if row is None:
        return None
    return Frozen(f"{claim.device}: {row.sentence}", waits_on=f"{WAITS_ON}{row.id}")


WAITS_ON = "freeze "
"""What a job waits on begins so, where it was put back from its point of no return."""


def beside_others(connection: Connection) -> tuple[Any, ...]:
    """Return what a crossing asks for beside its job: until it ends, no freeze can be written."""
    return () if connection.dialect.name == "sqlite" else (func.pg_advisory_xact_lock_shared(_LOCK),)


def alone(connection: Connection) -> None:
    """Wait for the crossings under way, and hold back others until this transaction ends.

    What crosses before is then seen pushing, and what crosses after sees the freeze; SQLite has one writer anyway.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
