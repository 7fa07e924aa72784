"""What is known of a push while it is under way or in doubt: its sessions, and what it found before it began."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from netpulse_core.ledger.database import clock
from netpulse_core.ledger.tables import pushes
from netpulse_core.model.session import DeviceSession


def begin(connection: Connection, job: int, session: DeviceSession, baseline: str | None) -> None:
    """Record the session that is about to change its device, and the configuration before it does."""
    body = None if baseline is None else zlib.compress(baseline.encode("utf-8", "surrogatepass"), 1)
    sessions = [_recorded(session, clock(connection))]
    connection.execute(delete(pushes).where(pushes.c.job_id == job))
    connection.execute(insert(pushes).values(job_id=job, sessions=sessions, baseline=body, tries=0))


def also(connection: Connection, job: int, session: DeviceSession) -> None:
    """Record one more session that is about to change the device of a push under way."""
    known = connection.scalar(select(pushes.c.sessions).where(pushes.c.job_id == job).with_for_update())
    sessions = [*(known or ()), _recorded(session, clock(connection))]
    connection.execute(update(pushes).where(pushes.c.job_id == job).values(sessions=sessions))


def over(connection: Connection, jobs: Sequence[int]) -> None:
    """Forget what was recorded of pushes whose end is known."""
    if jobs:
        connection.execute(delete(pushes).where(pushes.c.job_id.in_(jobs)))


def sessions_of(row: Mapping[Any, Any], at: float) -> tuple[DeviceSession, ...]:
    """Return the recorded sessions as of now."""
    return tuple(
        DeviceSession(driver=one["driver"], name=one["name"], age=at - one["opened_at"])
        for one in row["sessions"] or ()
    )


def baseline_of(row: Mapping[Any, Any]) -> str | None:
    """Return the configuration before the push, or None where it was not read."""
    body = row["baseline"]
    return None if body is None else zlib.decompress(bytes(body)).decode("utf-8", "surrogatepass")


def _recorded(session: DeviceSession, at: float) -> dict[str, Any]:
    return {"driver": session.driver, "name": session.name, "opened_at": at - session.age}
