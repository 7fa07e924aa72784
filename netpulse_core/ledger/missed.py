"""A run that never was: the record of a due time that nobody fired in time, and what is told of it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert

from netpulse_core.ledger import audit
from netpulse_core.ledger.accepting import run_row
from netpulse_core.ledger.database import clock
from netpulse_core.ledger.outbox import News
from netpulse_core.ledger.sealedparameters import NO_SECRET
from netpulse_core.ledger.tables import runs
from netpulse_core.model.event import EventKind
from netpulse_core.model.outcome import Verdict
from netpulse_core.model.run import NewRun
from netpulse_core.model.schedule import Due


def record_missed(connection: Connection, new: NewRun, shown: Mapping[str, Any], due: Due, reason: str) -> str:
    """Insert a run with the verdict `missed` and no device, and tell of it; return its id. Nobody asks for it again."""
    at = clock(connection)
    ended = {"parameters": dict(shown), "key_id": NO_SECRET, "verdict": Verdict.MISSED.value, "finished_at": at}
    connection.execute(insert(runs).values(run_row(new, at) | ended))
    said: dict[str, Any] = {
        "schedule": due.schedule.name,
        "due_at": due.due_at,
        "since": due.since,
        "due_times": due.due_times,
    }
    audit.record(connection, new.caller, "fire.missed", new.id, said | {"reason": reason})
    news = News()
    news.add(new.id, EventKind.FIRE_MISSED, **said, reason=reason)
    news.add(new.id, EventKind.RUN_FINISHED, verdict=Verdict.MISSED.value, counts={})
    news.write(connection, at)
    return new.id
