"""What of the configurations is in which git repository, and how the repositories fare."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, exists, func, insert, select, update

from netpulse_core.ledger.backuptables import config_exports, config_repositories, config_versions
from netpulse_core.ledger.database import Database, again_if_beaten, clock
from netpulse_core.ledger.outbox import News
from netpulse_core.ledger.tables import runs
from netpulse_core.ledger.upsert import insert_missing
from netpulse_core.model.backup import HistoryStatus
from netpulse_core.model.event import EventKind

AT_ONCE = 20_000
"""Versions that are looked at for the next commit."""

WHOLE = 600.0
"""Seconds after which a repository is compared with every version again, whatever was known of it before."""

LATE = 1000
"""Numbers before the first missing version that are looked at too: they are committed in any order."""

FIRST_WAIT, LONGEST_WAIT = 30.0, 3600.0
"""Seconds until what failed is tried again, at least and at most."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A version that is to be in a commit."""

    id: int
    device: str
    number: int
    platform: str
    origin: str
    added: int
    removed: int
    first_seen_at: float
    sealed: bool
    """Whether its copies with secrets were kept; without a key of the secret store they were not."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one run brought, to be one commit."""

    run: str
    runbook: str
    caller: str
    versions: tuple[Exported, ...]


class ConfigExports:
    """The git repositories of the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._begins: dict[str, tuple[int, float]] = {}

    def next(self, repository: str) -> Batch | None:
        """Return the next commit of a repository, or None where all is in it that can be by now.

        A run is one commit, once it is over; no version of a device goes before an earlier one.
        """
        query = (
            select(config_versions, runs.c.runbook, runs.c.verdict, runs.c.id.label("known"))
            .select_from(config_versions.outerjoin(runs, runs.c.id == config_versions.c.run))
            .order_by(config_versions.c.id)
            .limit(AT_ONCE)
        )
        with self._database.read() as connection:
            begin = self._begin(connection, repository)
            rows = connection.execute(query.where(*_missing(repository, begin))).all()
        held: set[str] = set()
        for batch in _by_run(rows):
            devices = {row.device for row in batch}
            over = all((row.known is None or row.verdict is not None) and row.origin is not None for row in batch)
            if over and not devices & held:
                return _batch(batch)
            held |= devices
        return None

    def find(self, repository: str) -> HistoryStatus | None:
        """Return what is known of a repository, or None; asked again and again it reads what is new alone."""
        query = select(config_repositories).where(config_repositories.c.id == repository)
        with self._database.read() as connection:
            row = connection.execute(query).first()
            begin = self._begin(connection, repository)
            return None if row is None else _status(connection, row, clock(connection), begin)

    @again_if_beaten
    def known(self, repository: str, **values: str) -> HistoryStatus:
        """Note a repository, and return what is known of it."""
        with self._database.write() as connection:
            fresh = {"id": repository, "head": "", "commits": 0, "pushed": "", "failures": 0, "problem": "", **values}
            at = clock(connection)
            insert_missing(connection, config_repositories, [{**fresh, "seen_at": at}])
            mine = update(config_repositories).where(config_repositories.c.id == repository)
            connection.execute(mine.values(**values))
        found = self.find(repository)
        assert found is not None
        return found

    @again_if_beaten
    def done(self, repository: str, batch: Batch, commit: str) -> None:
        """Note that a commit holds these versions, or that they are left out: then it is the one before."""
        with self._database.write() as connection:
            rows = [{"repository": repository, "version": one.id, "commit": commit} for one in batch.versions]
            connection.execute(insert(config_exports), rows)
            table = config_repositories
            values = {
                "head": commit,
                "commits": case((table.c.head == commit, table.c.commits), else_=table.c.commits + 1),
                "exported_at": clock(connection),
                "run": batch.run,
            }
            connection.execute(update(table).where(table.c.id == repository).values(values))

    def went_well(self, repository: str, pushed: str = "") -> None:
        """Note that nothing is wrong, and which commit the remote has taken."""
        with self._database.write() as connection:
            more = {"pushed": pushed, "pushed_at": clock(connection)} if pushed else {}
            values = {"failures": 0, "problem": "", "retry_at": None, **more}
            connection.execute(update(config_repositories).where(config_repositories.c.id == repository).values(values))

    def found(self, repository: str, *, node: str, path: str) -> None:
        """Note that this is the repository of its place: what was there before, or was missing, is no problem more."""
        table = config_repositories
        before = table.c.node == node, table.c.path == path, table.c.id != repository, table.c.problem != ""
        with self._database.write() as connection:
            connection.execute(update(table).where(*before).values(problem="", failures=0, retry_at=None))

    def well(self) -> bool:
        """Whether no repository has a problem."""
        with self._database.read() as connection:
            return not connection.scalar(select(exists().where(config_repositories.c.problem != "")))

    @again_if_beaten
    def failed(self, repository: str, problem: str) -> None:
        """Note what went wrong and when it is tried again, and have those told who want to hear of it."""
        with self._database.write() as connection:
            query = select(config_repositories).where(config_repositories.c.id == repository)
            row = connection.execute(query.with_for_update()).one()
            at = clock(connection)
            wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(row.failures, 10))
            values = {"failures": row.failures + 1, "problem": problem, "retry_at": at + wait}
            connection.execute(update(config_repositories).where(config_repositories.c.id == repository).values(values))
            if row.run and connection.scalar(select(exists().where(runs.c.id == row.run))):
                news = News()
                news.add(row.run, EventKind.CONFIG_HISTORY_FAILED, problem=problem, failures=row.failures + 1)
                news.write(connection, at)

    def all(self) -> list[HistoryStatus]:
        """Return every repository, the last seen first."""
        query = select(config_repositories).order_by(config_repositories.c.seen_at.desc())
        with self._database.read() as connection:
            at = clock(connection)
            return [_status(connection, row, at) for row in connection.execute(query).all()]

    def _begin(self, connection: Connection, repository: str) -> int:
        """Return the number of a version before which all are in a repository."""
        begin, until = self._begins.get(repository, (0, 0.0))
        if time.monotonic() >= until:
            begin, until = 0, time.monotonic() + WHOLE
        number = config_versions.c.id
        first = connection.scalar(select(number).where(*_missing(repository, begin)).order_by(number).limit(1))
        if first is None:
            first = connection.scalar(select(func.max(number))) or 0
        begin = max(begin, first - LATE)
        self._begins[repository] = begin, until
        return begin


def _status(connection: Connection, row: Row[Any], at: float, begin: int = 0) -> HistoryStatus:
    waiting = connection.scalar(select(func.count()).select_from(config_versions).where(*_missing(row.id, begin))) or 0
    return HistoryStatus(
        repository=row.id,
        node=row.node,
        path=row.path,
        which=row.which,
        remote=row.remote,
        head=row.head,
        commits=row.commits,
        waiting=waiting,
        exported_at=row.exported_at,
        pushed=row.pushed,
        pushed_at=row.pushed_at,
        failures=row.failures,
        problem=row.problem,
        retry_at=row.retry_at,
        now=at,
    )


def _missing(repository: str, begin: int) -> tuple[ColumnElement[bool], ...]:
    version = config_versions.c.id
    there = exists().where(config_exports.c.version == version, config_exports.c.repository == repository)
    return version >= begin, ~there


def _by_run(rows: Sequence[Row[Any]]) -> Iterator[list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.run, []).append(row)
    yield from found.values()


def _batch(rows: Sequence[Row[Any]]) -> Batch:
    first = rows[0]
    versions = tuple(
        Exported(
            row.id,
            row.device,
            row.number,
            row.platform,
            row.origin,
            row.added or 0,
            row.removed or 0,
            row.first_seen_at,
            row.sealed is not None,
        )
        for row in rows
    )
    return Batch(first.run, first.runbook or "a run that is no longer kept", first.caller, versions)
