"""What a ledger says of a declaration that was made, and of the changes that are in doubt since."""

from dataclasses import dataclass

from sqlalchemy import Connection, Double, cast, distinct, extract, func, select

from netpulse_core.ledger.audittables import audit
from netpulse_core.ledger.database import now
from netpulse_core.ledger.tables import jobs
from netpulse_core.ledger.timeline import timeline
from netpulse_core.ledger.timelinetables import timelines
from netpulse_core.model.state import JobState

ACTION = "ledger.restored"

BY_ITSELF = "netpulse"

MOMENT = 3600.0
"""Seconds after which whoever declares a loss means another one than the failover that was found before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """That a ledger may lack its latest past, as the audit has it."""

    at: float
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """How many jobs are in doubt, and of how many runs."""

    changes: int
    runs: int


def lately(connection: Connection) -> Declared | None:
    """Return what was declared lately, if it was of this very history of PostgreSQL.

    A server that started since may have had its files put back from before, with this declaration in them.
    """
    started = cast(extract("epoch", func.pg_postmaster_start_time()), Double)
    row = connection.execute(
        select(audit.c.at, audit.c.actor, audit.c.body)
        .join(timelines, audit.c.at >= timelines.c.since_at)
        .where(audit.c.action == ACTION, audit.c.at > now() - MOMENT)
        .where(timelines.c.name == timeline(), timelines.c.since_at > started)
        .order_by(audit.c.id.desc())
        .limit(1)
    ).first()
    return None if row is None else Declared(at=row.at, by=row.actor, reason=str(row.body.get("reason", "")))


def doubts(connection: Connection) -> Doubts:
    """Count what is in doubt."""
    query = select(func.count(), func.count(distinct(jobs.c.run_id))).where(jobs.c.state == JobState.IN_DOUBT.value)
    changes, of = connection.execute(query).one()
    return Doubts(changes=changes, runs=of)
