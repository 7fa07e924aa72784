"""What is known of jobs: their state, why they wait, their outputs, and which devices said the same."""

import logging
from collections.abc import Mapping, Sequence
from itertools import batched
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, func, literal, select
from sqlalchemy.orm import aliased

from netpulse_core.errors import NotFound
from netpulse_core.ledger import frozen, windowed
from netpulse_core.ledger.blobs import packed, unpacked
from netpulse_core.ledger.database import Database, now
from netpulse_core.ledger.holding import in_the_way, is_read_by
from netpulse_core.ledger.pushes import sessions_of
from netpulse_core.ledger.tables import blobs, holds, jobs, nodes, outputs, placements, pushes, runs
from netpulse_core.model.doubt import Push
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import ALONE, FREE_WORKER, OWNER, Job, OutputGroup, Problem, Step, to_resolve
from netpulse_core.model.runbook import Queue
from netpulse_core.model.state import JobState

_NOTHING = packed(None).hash

AT_ONCE = 500
"""Devices in one question."""

_READ = "read"
"""What a diagnostic read does to what waits, in place of a state."""

_SAID_ANEW = (frozen.WAITS_ON, windowed.WAITS_ON)
"""What a job waited on when it was put back is over, where it is not said above."""


class Jobs:
    """The jobs of the ledger, to read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_run(self, run: str, *, outcome: str | None = None, after: int = 0, limit: int = 10_000) -> Sequence[Job]:
        """Return a run's jobs in the order of the inventory; `after` is the last id of the page before."""
        query = _described(jobs.c.run_id == run).where(jobs.c.id > after).order_by(jobs.c.id).limit(limit)
        if outcome is not None:
            query = query.where(jobs.c.outcome == outcome)
        with self._database.read() as connection:
            return [_job(row) for row in connection.execute(query).mappings()]

    def one(self, run: str, device: str) -> Job:
        """Return the job of a run on one device, or raise NotFound."""
        with self._database.read() as connection:
            row = connection.execute(_described(jobs.c.run_id == run).where(jobs.c.device == device)).mappings().first()
            if row is not None:
                return _job(row)
            known = list(connection.scalars(select(jobs.c.device).where(jobs.c.run_id == run).order_by(jobs.c.id)))
        raise NotFound("device", device, where="in this run", known=known)

    def in_doubt(self, keys: Sequence[str]) -> set[str]:
        """Return which of these devices are held by a doubt."""
        doubt = holds(), jobs.c.state == JobState.IN_DOUBT.value
        found: set[str] = set()
        with self._database.read() as connection:
            for some in batched(keys, AT_ONCE):
                among = jobs.c.device_key.in_(some)
                found.update(connection.scalars(select(jobs.c.device_key).where(*doubt, among)))
        return found

    def push(self, job: int) -> Push | None:
        """Return what is recorded of a change that has begun and is not known to have ended, or None."""
        with self._database.read() as connection:
            query = select(pushes, now().label("at")).where(pushes.c.job_id == job)
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        return Push(sessions=sessions_of(row, row["at"]), baseline=row["baseline"] is not None, tries=row["tries"])

    def steps(self, run: str, device: str | None = None) -> dict[str, list[Step]]:
        """Return the recorded outputs of a run, by device."""
        query = (
            select(jobs.c.device, outputs, blobs.c.coding, blobs.c.body)
            .select_from(outputs.join(jobs, jobs.c.id == outputs.c.job_id).join(blobs, blobs.c.hash == outputs.c.blob))
            .where(jobs.c.run_id == run)
            .order_by(jobs.c.id, outputs.c.position)
        )
        if device is not None:
            query = query.where(jobs.c.device == device)
        found: dict[str, list[Step]] = {}
        with self._database.read() as connection:
            for row in connection.execute(query).mappings():
                found.setdefault(row["device"], []).append(_step(row))
        return found

    def answer(self, blob: str) -> str | None:
        """Return a text the ledger keeps, by its hash; None where it keeps it no longer."""
        with self._database.read() as connection:
            row = connection.execute(select(blobs.c.coding, blobs.c.body).where(blobs.c.hash == blob)).first()
        return None if row is None else str(unpacked("text", row.coding, row.body))

    def groups(self, run: str) -> list[OutputGroup]:
        """Return, for each command, the devices that answered the same; the largest group first.

        A device that answered nothing, because it was not reached say, is in none.
        """
        query = (
            select(outputs.c.label, outputs.c.blob, outputs.c.position, jobs.c.device)
            .select_from(outputs.join(jobs, jobs.c.id == outputs.c.job_id))
            .where(jobs.c.run_id == run, outputs.c.blob != _NOTHING)
            .order_by(outputs.c.position, jobs.c.id)
        )
        members: dict[tuple[int, str, str], list[str]] = {}
        with self._database.read() as connection:
            for row in connection.execute(query):
                members.setdefault((row.position, row.label, row.blob), []).append(row.device)
            bodies = _bodies(connection, run)
        ordered = sorted(members.items(), key=lambda item: (item[0][0], item[0][1], -len(item[1])))
        return [
            OutputGroup(label=label, blob=blob, devices=tuple(names), body=bodies[blob])
            for (_, label, blob), names in ordered
        ]


def waits(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Return what each of these jobs waits for, in words."""
    found = connection.execute(_described(jobs.c.id.in_(ids))).mappings()
    return {row["id"]: _waiting_for(row) for row in found}


def _described(where: ColumnElement[bool]) -> Select[Any]:
    """Return the query of jobs with why they wait."""
    holder, reader = aliased(jobs), aliased(jobs)
    held_by = select(holder.c.state.concat(" ").concat(holder.c.run_id)).where(in_the_way(holder))
    read_by = select(literal(f"{_READ} ").concat(reader.c.run_id)).where(is_read_by(reader))
    waiting_on = func.coalesce(
        held_by.where(holder.c.id != jobs.c.id).limit(1).scalar_subquery(),
        read_by.where(reader.c.id != jobs.c.id).limit(1).scalar_subquery(),
    )
    frozen_by = frozen.sentence(runs.c.changes)
    window = windowed.sentence()
    served = exists().where(nodes.c.revision == jobs.c.revision, nodes.c.lease_until > now())
    attended = exists().where(nodes.c.id == jobs.c.node, nodes.c.lease_until > now())
    return (
        select(
            jobs,
            now().label("at"),
            waiting_on.label("waiting_on"),
            frozen_by.label("frozen_by"),
            window.label("window"),
            served.label("served"),
            attended.label("attended"),
            placements.c.node.label("placed"),
        )
        .select_from(
            jobs.join(runs, runs.c.id == jobs.c.run_id).outerjoin(
                placements, placements.c.device_key == jobs.c.device_key
            )
        )
        .where(where)
    )


def _bodies(connection: Connection, run: str) -> dict[str, Any]:
    of_run = (
        select(outputs.c.blob, outputs.c.kind)
        .join(jobs, jobs.c.id == outputs.c.job_id)
        .where(jobs.c.run_id == run)
        .distinct()
        .subquery()
    )
    query = select(blobs.c.hash, blobs.c.coding, blobs.c.body, of_run.c.kind).join(
        of_run, of_run.c.blob == blobs.c.hash
    )
    return {row.hash: unpacked(row.kind, row.coding, row.body) for row in connection.execute(query)}


def _job(row: Mapping[Any, Any]) -> Job:
    return Job(
        id=row["id"],
        run=row["run_id"],
        device=row["device"],
        state=JobState(row["state"]),
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        attempt=row["attempt"],
        node=row["node"],
        waiting_for=_waiting_for(row),
        not_before=row["not_before"],
        claimed_at=row["claimed_at"],
        finished_at=row["finished_at"],
        problem=Problem(**row["problem"]) if row["problem"] else None,
        session_reused=row["session_reused"],
        device_session=row["device_session"],
        diagnostic=bool(row["diagnostic"]),
    )


def _held_by(row: Mapping[Any, Any], state: str, run: str) -> str:
    if run == row["run_id"]:
        return "the same device is at work in this run under another name"
    if state == _READ:
        return f"the device is read for the diagnosis of run {run}"
    if state != JobState.IN_DOUBT:
        return f"the device is held by run {run}"
    return f"the device is in doubt since run {run}: {to_resolve(run, row['device'])}"


def _waiting_for(row: Mapping[Any, Any]) -> str:
    if row["state"] == JobState.PUSHING and not row["attended"]:
        return "its worker died in the middle of the change; it is in doubt when its time is over"
    if row["state"] == JobState.RUNNING and row["cancel_at"] is not None:
        return "its worker to stop it: it was cancelled"
    if row["state"] == JobState.IN_DOUBT and row["outcome"] == Outcome.IN_DOUBT:
        return "a worker to look at what became of the change"
    if row["state"] != JobState.QUEUED:
        return ""
    if row["frozen_by"]:
        return str(row["frozen_by"])
    if row["window"]:
        return str(row["window"])
    if row["waiting_on"]:
        return _held_by(row, *row["waiting_on"].split())
    if not row["served"]:
        return f"no living worker has site revision {row['revision']}"
    if row["waits_on"] and row["problem"] and not row["waits_on"].startswith(_SAID_ANEW):
        return str(row["problem"]["message"]).removeprefix(f"{row['device']}: ")
    if row["not_before"] > row["at"] and not row["attempt"] and not row["problem"]:
        return f"its time to begin, in {row['not_before'] - row['at']:.0f} s"
    if row["not_before"] > row["at"]:
        return f"attempt {row['attempt'] + 1} in {row['not_before'] - row['at']:.0f} s"
    if row["queue"] == Queue.NODE and row["placed"] is None:
        return OWNER
    return ALONE if row["crashes"] else FREE_WORKER


def _step(row: Mapping[Any, Any]) -> Step:
    return Step(
        label=row["label"],
        body=unpacked(row["kind"], row["coding"], row["body"]),
        changed=row["changed"],
        failed=row["failed"],
        diff=row["diff"],
        error=row["error"],
        elapsed=row["elapsed"],
        age=row["age"],
        path=tuple((number, name) for number, name in row["path"] or ()),
        severity=logging.INFO if row["severity"] is None else row["severity"],
    )
