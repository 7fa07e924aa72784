"""Runs that judge: noted as they conclude, and found again once they are over, to be compared with what stood."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, select

from netpulse_core.ledger.blobs import unpacked
from netpulse_core.ledger.findingtables import judged_devices, judgements
from netpulse_core.ledger.tables import blobs, jobs, outputs, runs
from netpulse_core.ledger.texts import storable
from netpulse_core.ledger.upsert import insert_missing
from netpulse_core.model.check import Finding, findings_in
from netpulse_core.model.state import JobState

UNFOLDED = judgements.c.folded_at.is_(None)

LOOKED_AT = 250
"""Jobs that one piece looks at."""


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
    found: Sequence[Finding] | None
    """None: what the device's last judgement found, to the letter."""


def read(connection: Connection, run: str, after: int, most: int) -> tuple[list[Judged], int | None]:
    """Return what the next jobs of a run found, and the last of these jobs; None where there are no more.

    At most so many are read whole; of a device whose output is that of its last judgement, the hash says enough.
    """
    of_run = jobs.c.run_id == run, jobs.c.id > after, jobs.c.state == JobState.FINISHED.value
    columns = jobs.c.id, jobs.c.device, jobs.c.finished_at
    rows = connection.execute(select(*columns).where(*of_run).order_by(jobs.c.id).limit(LOOKED_AT)).all()
    said, before = (
        _hashes(connection, [row.id for row in rows]),
        _last_outputs(connection, [row.device for row in rows]),
    )
    found: list[Judged] = []
    whole = 0
    last = None
    for row in rows:
        if whole == most:
            break
        last = row.id
        hashes = said.get(row.id)
        if hashes is None:
            continue
        if before.get(row.device) == hashes[-1]:
            found.append(Judged(row.id, row.device, row.finished_at, hashes[-1], None))
            continue
        whole += 1
        if (told := _last_found(connection, hashes)) is not None:
            found.append(Judged(row.id, row.device, row.finished_at, *told))
    return found, last


def _hashes(connection: Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    """Return the outputs of these jobs that may hold findings, the last of each job last."""
    query = select(outputs.c.job_id, outputs.c.blob).where(outputs.c.job_id.in_(ids), outputs.c.kind == "json")
    found: dict[int, list[str]] = {}
    for row in connection.execute(query.order_by(outputs.c.job_id, outputs.c.position)):
        found.setdefault(row.job_id, []).append(row.blob)
    return found


def _last_outputs(connection: Connection, devices: Sequence[str]) -> dict[str, str]:
    query = select(judged_devices.c.device, judged_devices.c.output).where(judged_devices.c.device.in_(devices))
    ordered = query.order_by(judged_devices.c.device, judged_devices.c.judged_at, judged_devices.c.checks.desc())
    return {row.device: row.output for row in connection.execute(ordered)}


def _last_found(connection: Connection, hashes: Sequence[str]) -> tuple[str, list[Finding]] | None:
    """Return the last of these outputs that holds findings, with them; each check counts once."""
    for digest in reversed(hashes):
        body = connection.execute(select(blobs.c.coding, blobs.c.body).where(blobs.c.hash == digest)).one()
        told = findings_in(unpacked("json", body.coding, body.body))
        if told is not None:
            named = {(name := storable(one.check)): replace(one, check=name) for one in told}
            return digest, list(named.values())
    return None


def counted(counts: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """Return both together."""
    return {name: counts.get(name, 0) + more.get(name, 0) for name in {**counts, **more}}
