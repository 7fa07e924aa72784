"""Jobs that wait for something other than a worker: letting them go on, and counting them."""

from sqlalchemy import Connection, func, select, update

from netpulse_core.ledger.database import now
from netpulse_core.ledger.tables import jobs, queued


def release(connection: Connection, on: str) -> list[str]:
    """Let the jobs that wait on this be claimed at once, and return the keys of their devices."""
    waiting = queued(), jobs.c.waits_on == on
    # In the order everyone waits for rows of jobs in.
    ids = connection.scalars(
        select(jobs.c.id).where(*waiting).order_by(jobs.c.id).with_for_update(key_share=True)
    ).all()
    if not ids:
        return []
    keys = connection.scalars(select(jobs.c.device_key).where(*waiting).distinct()).all()
    connection.execute(update(jobs).where(*waiting).values(not_before=now()))
    return sorted(keys)


def counts(connection: Connection) -> dict[str, int]:
    """Return how many jobs wait, by what they wait on."""
    query = select(jobs.c.waits_on, func.count()).where(queued(), jobs.c.waits_on.is_not(None))
    return {row[0]: row[1] for row in connection.execute(query.group_by(jobs.c.waits_on))}
