"""Runs that judge: noted as they conclude, and found again once they are over, to be compared with what stood."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, select

from netpulse_core.ledger.blobs import unpacked
from netpulse_core.ledger.conclusions import storable
from netpulse_core.ledger.findingtables import judgements
from netpulse_core.ledger.tables import blobs, jobs, outputs, runs
from netpulse_core.ledger.upsert import insert_missing
from netpulse_core.model.check import Finding, findings_in
from netpulse_core.model.state import JobState

UNFOLDED = judgements.c.folded_at.is_(None)


def expect(connection: Connection, judged: Iterable[str]) -> None:
    """Note runs in which a job has judged; whoever does holds the rows of these runs."""
    fresh: dict[str, Any] = {"place": 0, "counts": {}, "told": [], "last_change": None, "folded_at": None}
    insert_missing(connection, judgements, [{"run": run, **fresh} for run in sorted(judged)])


def over(connection: Connection) -> list[str]:
    """Return runs that have finished and were not compared yet, in the order in which they finished."""
    query = (
        select(judgements.c.run)
        .join(runs, runs.c.id == judgements.c.run)
        .where(UNFOLDED, runs.c.verdict.is_not(None))
        .order_by(runs.c.finished_at, runs.c.id)
    )
    return list(connection.scalars(query))


@dataclass(frozen=True, slots=True)
class Judged:
    """A job, with what it found."""

    job: int
    device: str
    at: float
    output: str
    """The hash of its output."""
    found: Sequence[Finding]


def read(connection: Connection, run: str, after: int, most: int) -> tuple[list[Judged], int | None]:
    """Return what the next jobs of a run found, and the last of these jobs; None where there are no more."""
    of_run = jobs.c.run_id == run, jobs.c.id > after, jobs.c.state == JobState.FINISHED.value
    rows = connection.execute(
        select(jobs.c.id, jobs.c.device, jobs.c.finished_at).where(*of_run).order_by(jobs.c.id).limit(most)
    ).all()
    if not rows:
        return [], None
    said = (
        select(outputs.c.job_id, outputs.c.kind, outputs.c.blob, blobs.c.coding, blobs.c.body)
        .join(blobs, blobs.c.hash == outputs.c.blob)
        .where(outputs.c.job_id.in_([row.id for row in rows]), outputs.c.kind == "json")
        .order_by(outputs.c.job_id, outputs.c.position)
    )
    last: dict[int, tuple[str, list[Finding]]] = {}
    for row in connection.execute(said):
        told = findings_in(unpacked(row.kind, row.coding, row.body))
        if told is not None:
            named = {(name := storable(one.check)): replace(one, check=name) for one in told}
            last[row.job_id] = row.blob, list(named.values())  # each check counts once
    found = [Judged(row.id, row.device, row.finished_at, *last[row.id]) for row in rows if row.id in last]
    return found, rows[-1].id


def counted(counts: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """Return both together."""
    return {name: counts.get(name, 0) + more.get(name, 0) for name in {**counts, **more}}
