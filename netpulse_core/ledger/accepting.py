"""The rows of a run that is accepted."""

from itertools import batched
from typing import Any

import sqlalchemy
from sqlalchemy import Connection

from netpulse_core.failpoints import Point, reached
from netpulse_core.ledger import audit, files
from netpulse_core.ledger.database import clock
from netpulse_core.ledger.many import Inserting
from netpulse_core.ledger.outbox import News
from netpulse_core.ledger.tables import devices, jobs, runs
from netpulse_core.ledger.upsert import insert_missing
from netpulse_core.model.event import EventKind
from netpulse_core.model.run import NewRun, rank
from netpulse_core.model.state import JobState

AT_ONCE = 500
"""Rows of one INSERT: SQLite binds at most 32,766 values in a statement."""

_RUN = sqlalchemy.insert(runs)
_JOBS = Inserting(
    jobs,
    [
        "run_id", "device", "device_key", "state", "queue", "revision", "rank", "attempt", "crashes", "fence",
        "diagnostic", "not_before", "deadline_at", "expected",
    ],
)  # fmt: skip


def insert(connection: Connection, new: NewRun, kept: dict[str, Any]) -> None:
    """Insert a run with its parameters as they are kept, its jobs, its line in the audit and its first event."""
    at = clock(connection)
    keys = sorted({key for _, key in new.devices})
    for some in batched(keys, AT_ONCE):
        insert_missing(connection, devices, [{"key": key, "fence": 0, "pushes": 0} for key in some])
    news = News()
    news.add(new.id, EventKind.RUN_ACCEPTED, runbook=new.runbook, devices=len(new.devices), caller=new.caller)
    news.number(new.id, 1)
    connection.execute(_RUN, run_row(new, at) | kept | {"events": 1})
    files.needed(connection, new.id, new.files)
    _JOBS.write(connection, [_job_row(new, device, key, at) for device, key in new.devices])
    audit.record(
        connection,
        new.caller,
        "run.accepted",
        new.id,
        {
            "runbook": new.runbook,
            "target": new.target,
            "devices": len(new.devices),
            **({"diagnostic": True} if new.diagnostic else {}),
            **({"commands": list(new.commands)} if new.commands else {}),
        },
    )
    if new.override_window is not None:
        said = {"runbook": new.runbook, "target": new.target, "reason": new.override_window}
        audit.record(connection, new.caller, "window.overridden", new.id, said)
    news.write(connection, at)
    reached(Point.ACCEPTING)


def run_row(new: NewRun, at: float) -> dict[str, Any]:
    """Return the row of a run that was accepted at this instant, but for its parameters."""
    return {
        "id": new.id,
        "runbook": new.runbook,
        "target": new.target,
        "changes": new.changes,
        "queue": new.queue.value,
        "timeout": new.timeout,
        "attempts": new.attempts,
        "priority": new.priority,
        "caller": new.caller,
        "revision": new.revision,
        "schedule": new.schedule,
        "repeats": new.repeats,
        "idempotency_key": new.idempotency_key,
        "fingerprint": new.fingerprint,
        "accepted_at": at,
        "deadline_at": at + new.deadline,
        "override_window": new.override_window,
        "commands": list(new.commands) or None,
        "devices": len(new.devices),
        "unfinished": len(new.devices),
        "events": 0,
    }


def _job_row(new: NewRun, device: str, key: str, at: float) -> dict[str, Any]:
    return {
        "run_id": new.id,
        "device": device,
        "device_key": key,
        "state": JobState.QUEUED.value,
        "queue": new.queue.value,
        "revision": new.revision,
        "rank": rank(at, new.priority),
        "attempt": 0,
        "crashes": 0,
        "fence": 0,
        "diagnostic": new.diagnostic or None,
        "not_before": at + new.starts_in,
        "deadline_at": at + new.deadline,
        "expected": new.expected.get(device),
    }
