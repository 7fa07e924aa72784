"""What the ledger says, read from its tables when all is over: the claims that the journal is held against."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.tables import jobs, outbox, runs
from netpulse_core.model.event import EventKind
from tests.faults.person import REASON

SETTLED = (EventKind.JOB_FINISHED.value, EventKind.JOB_IN_DOUBT.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSaid:
    """One run's work on one device, as the ledger has it."""

    run: str
    device: str
    changes: bool
    lines: tuple[str, ...]
    """What it was to push."""
    state: str
    outcome: str | None
    deadline_at: float
    settled_at: float | None
    """When it was first said to have finished, or to be in doubt."""
    crossings: int
    """How often it passed its point of no return."""
    resolved: bool = False
    """Whether its outcome is a person's word."""
    doubted: bool = False
    """Whether it was in doubt at some time, and said to be."""
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """All runs and jobs."""

    keys: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The runs under each idempotency key."""
    jobs: Sequence[JobSaid] = ()


def read(url: str) -> Record:
    """Read it from a ledger nobody writes to any more."""
    keys: dict[str, list[str]] = defaultdict(list)
    told: dict[tuple[str, str], list[Any]] = defaultdict(list)
    with closing(Ledger(url)) as ledger, ledger.database.read() as connection:
        found = {row.id: row for row in connection.execute(select(runs))}
        for row in found.values():
            if row.idempotency_key is not None:
                keys[row.idempotency_key].append(row.id)
        for event in connection.execute(select(outbox).order_by(outbox.c.run_id, outbox.c.number)):
            if event.device is not None:
                told[event.run_id, event.device].append(event)
        said = [_job(row, found[row.run_id], told[row.run_id, row.device]) for row in connection.execute(select(jobs))]
    return Record(keys=keys, jobs=said)


def _job(row: Any, run: Any, events: Sequence[Any]) -> JobSaid:
    settled = [event.at for event in events if event.kind in SETTLED]
    return JobSaid(
        run=row.run_id,
        device=row.device,
        changes=bool(run.changes),
        lines=tuple(run.parameters.get("lines", ())),
        state=row.state,
        outcome=row.outcome,
        deadline_at=row.deadline_at,
        settled_at=settled[0] if settled else None,
        crossings=sum(event.kind == EventKind.JOB_PUSHING.value for event in events),
        doubted=any(event.kind == EventKind.JOB_IN_DOUBT.value for event in events),
        resolved=any(event.body.get("reason") == REASON for event in events),
        events=tuple(f"{event.at:.3f} {event.kind} {event.body}" for event in events),
    )
