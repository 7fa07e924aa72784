"""Runs that are over and too old: first what they said goes, in small pieces, then the run with its jobs at once.

So a run is either there, and says since when its outputs are gone, or it is not: no half of one is ever shown.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, exists, func, select, update

from netpulse_core.ledger.findingtables import judgements
from netpulse_core.ledger.tables import files, jobs, outbox, outputs, pushes, run_files, runs
from netpulse_core.model.outcome import Verdict
from netpulse_core.model.retention import Due, Policy
from netpulse_core.model.state import JobState

BATCH = 500
"""Rows of one transaction, which nobody who claims should notice."""

Removed = Counter[str]


def over(at: float, age: float, at_least: int) -> tuple[ColumnElement[bool], ...]:
    """Return what is true of a run that is over for so long: nothing of it is unfinished, or in doubt."""
    newest = runs.alias()
    oldest_kept = select(newest.c.id).order_by(newest.c.id.desc()).offset(at_least).limit(1).scalar_subquery()
    its = jobs.alias()
    open_jobs = exists().where(its.c.run_id == runs.c.id, its.c.state != JobState.FINISHED.value)
    return (
        runs.c.finished_at < at - age,
        runs.c.id <= oldest_kept,  # ids sort by the time they were made
        runs.c.unfinished == 0,
        runs.c.verdict != Verdict.IN_DOUBT.value,
        ~open_jobs,
    )


def begin(connection: Connection, policy: Policy, at: float) -> list[str]:
    """Mark runs whose outputs or events go now, and return them; their rows go after it, by `empty`."""
    found: list[str] = []
    for column, age in zip((runs.c.outputs_removed_at, runs.c.events_removed_at), policy.emptied, strict=True):
        if age is None:
            continue
        old = over(at, age, policy.at_least)
        ids = _some(connection, select(runs.c.id, runs.c.devices).where(column.is_(None), *old))
        if ids:
            connection.execute(update(runs).where(runs.c.id.in_(ids)).values({column.name: at}))
            found += ids
    return sorted(set(found))


def empty(connection: Connection, ids: Sequence[str]) -> Removed:
    """Remove a piece of what marked runs said; less than a whole piece is all there was."""
    said = (
        select(outputs.c.job_id)
        .select_from(outputs.join(jobs, jobs.c.id == outputs.c.job_id).join(runs, runs.c.id == jobs.c.run_id))
        .where(runs.c.id.in_(ids), runs.c.outputs_removed_at.is_not(None))
    )
    told = (
        select(outbox.c.id)
        .join(runs, runs.c.id == outbox.c.run_id)
        .where(runs.c.id.in_(ids), runs.c.events_removed_at.is_not(None))
    )
    removed = Removed()
    of_jobs = set(connection.scalars(said.limit(BATCH)))
    if of_jobs:
        removed["outputs"] = connection.execute(delete(outputs).where(outputs.c.job_id.in_(of_jobs))).rowcount
    events = connection.scalars(told.limit(BATCH)).all()
    if events:
        removed["events"] = connection.execute(delete(outbox).where(outbox.c.id.in_(events))).rowcount
    return removed


def remove(connection: Connection, policy: Policy, at: float) -> Removed:
    """Remove runs, each with all its jobs, of which nothing else is left."""
    if policy.runs is None:
        return Removed()
    emptied = runs.c.outputs_removed_at.is_not(None), runs.c.events_removed_at.is_not(None)
    old = over(at, policy.runs, policy.at_least)
    ids = _some(connection, select(runs.c.id, runs.c.devices).where(*emptied, *old))
    if not ids:
        return Removed()
    of_runs = jobs.c.run_id.in_(ids)
    connection.execute(select(jobs.c.id).where(of_runs).order_by(jobs.c.id).with_for_update())
    connection.execute(select(runs.c.id).where(runs.c.id.in_(ids)).order_by(runs.c.id).with_for_update())
    connection.execute(delete(pushes).where(pushes.c.job_id.in_(select(jobs.c.id).where(of_runs))))
    connection.execute(delete(run_files).where(run_files.c.run_id.in_(ids)))
    connection.execute(delete(files).where(files.c.created_by.in_([f"run:{run}" for run in ids])))
    connection.execute(delete(judgements).where(judgements.c.run.in_(ids)))
    gone = connection.execute(delete(jobs).where(of_runs)).rowcount
    connection.execute(delete(runs).where(runs.c.id.in_(ids)))
    return Removed(runs=len(ids), jobs=gone)


def due(connection: Connection, policy: Policy, at: float) -> list[Due]:
    """Return how much of runs the policy would remove now."""
    outputs_age, events_age = policy.emptied
    of_runs = outputs.join(jobs, jobs.c.id == outputs.c.job_id).join(runs, runs.c.id == jobs.c.run_id)
    asked: tuple[tuple[str, float | None, Select[Any]], ...] = (
        ("runs", policy.runs, select(func.count()).select_from(runs)),
        ("jobs", policy.runs, select(func.count()).select_from(jobs.join(runs, runs.c.id == jobs.c.run_id))),
        ("outputs", outputs_age, select(func.count()).select_from(of_runs)),
        ("events", events_age, select(func.count()).select_from(outbox.join(runs, runs.c.id == outbox.c.run_id))),
    )
    found = []
    for what, age, query in asked:
        rows = 0 if age is None else connection.scalar(query.where(*over(at, age, policy.at_least)))
        found.append(Due(what=what, older_than=age, rows=rows or 0))
    return found


def _some(connection: Connection, query: Select[Any]) -> list[str]:
    """Return runs, the oldest first, that together have about a piece's jobs; one at least."""
    found: list[str] = []
    devices = 0
    for row in connection.execute(query.order_by(runs.c.finished_at).limit(BATCH)):
        if found and devices + row.devices > BATCH:
            break
        found.append(row.id)
        devices += row.devices
    return found
