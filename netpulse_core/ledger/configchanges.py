"""Who changed a configuration: versions that nobody has judged yet, what was pushed before them, and the judgement."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, or_, select, update

from netpulse_core.ledger.backups import Backups
from netpulse_core.ledger.backuptables import config_versions
from netpulse_core.ledger.blobs import unpacked
from netpulse_core.ledger.database import Database
from netpulse_core.ledger.tables import blobs, jobs, outputs, runs
from netpulse_core.model.outcome import Outcome

NOTHING_STANDS = (Outcome.REJECTED, Outcome.NOT_APPLIED, Outcome.ROLLED_BACK)
"""Outcomes that say: nothing of what was pushed is on the device."""


@dataclass(frozen=True, slots=True)
class Push:
    """A job that passed its point of no return on the device between two captures."""

    run: str
    parameters: Mapping[str, Any]
    outputs: tuple[tuple[Any, str], ...]
    """Each body and diff that was recorded of it."""


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A version, the one before it, and what was pushed in between; None is the first version that is kept."""

    id: int
    device: str
    number: int
    before: str | None
    after: str
    form: str
    pushes: tuple[Push, ...]


class ConfigChanges:
    """The changes of the configurations of the ledger."""

    def __init__(self, database: Database, backups: Backups) -> None:
        self._database = database
        self._backups = backups

    def unjudged(self, limit: int = 20) -> list[Unjudged]:
        """Return versions of which it is not known yet who made the change, the oldest first."""
        query = select(config_versions).where(config_versions.c.origin.is_(None)).order_by(config_versions.c.id)
        with self._database.read() as connection:
            rows = connection.execute(query.limit(limit)).all()
            return [self._of(connection, row) for row in rows]

    def judge(self, id: int, **values: Any) -> None:
        """Write down what a change was."""
        with self._database.write() as connection:
            connection.execute(update(config_versions).where(config_versions.c.id == id).values(values))

    def _of(self, connection: Connection, row: Row[Any]) -> Unjudged:
        earlier = select(config_versions).where(
            config_versions.c.device == row.device, config_versions.c.number < row.number
        )
        before = connection.execute(earlier.order_by(config_versions.c.number.desc()).limit(1)).first()
        texts = self._backups.alike(connection, [row] if before is None else [before, row])
        pushes = () if before is None else _pushes(connection, before, row)
        old = None if before is None else texts[0]
        return Unjudged(row.id, row.device, row.number, old, texts[-1], row.form, pushes)


def _pushes(connection: Connection, before: Row[Any], after: Row[Any]) -> tuple[Push, ...]:
    # By the key, for a device may have been changed under another of its names.
    captured = jobs.c.run_id.in_([before.last_run, after.run]), jobs.c.device == after.device
    keys = select(jobs.c.device_key).where(*captured)
    query = (
        select(jobs.c.id, jobs.c.run_id, runs.c.parameters, runs.c.shown)
        .join(runs, runs.c.id == jobs.c.run_id)
        .where(
            jobs.c.device_key.in_(keys),
            # A capture is as old as the end of the job that kept it, which may have changed the device itself.
            or_(jobs.c.pushing_at > before.last_seen_at, jobs.c.run_id == before.last_run),
            or_(jobs.c.pushing_at < after.first_seen_at, jobs.c.run_id == after.run),
            jobs.c.outcome.is_(None) | jobs.c.outcome.not_in([one.value for one in NOTHING_STANDS]),
        )
        .order_by(jobs.c.pushing_at)
    )
    return tuple(
        Push(row.run_id, row.shown or row.parameters, _outputs(connection, row.id))
        for row in connection.execute(query).all()
    )


def _outputs(connection: Connection, job: int) -> tuple[tuple[Any, str], ...]:
    query = (
        select(outputs.c.kind, outputs.c.diff, blobs.c.coding, blobs.c.body)
        .join(blobs, blobs.c.hash == outputs.c.blob)
        .where(outputs.c.job_id == job)
        .order_by(outputs.c.position)
    )
    return tuple((unpacked(row.kind, row.coding, row.body), row.diff) for row in connection.execute(query))
