"""Whole copies of a SQLite ledger: taken while the site is up, and put back while it is not."""

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from netpulse_core.errors import Conflict, Refused, ServiceError, SiteError
from netpulse_core.ledger.database import Database
from netpulse_core.ledger.inuse import as_one_file, require_stopped
from netpulse_core.ledger.restoring import Restored, Restoring, require_reason
from netpulse_core.ledger.schema import upgrade

BESIDE = ("-wal", "-shm")
"""What SQLite keeps beside a file that is in use."""


def backup(database: Database, target: Path, *, replace: bool = False) -> int:
    """Write a copy of the ledger as it is at one moment, and return its size; nobody is held up meanwhile."""
    source = _file_of(database, "pg_dump --format=custom --file=FILE DATABASE")
    if target.exists() and not replace:
        raise Conflict(f"{target} is there already", hint="name another file, or say --replace")
    with _beside(target) as fresh:
        _copy(source, fresh)
        fresh.replace(target)
    _flush(target.parent)
    return target.stat().st_size


def restore(database: Database, source: Path, reason: str, *, by: str) -> tuple[Restored, Path | None]:
    """Put a copy in the ledger's place, its unfinished changes in doubt; return that, and where the former ledger is.

    Nobody may use the ledger meanwhile: raises Conflict where somebody does. It is made ready beside and put in place
    whole: a crash leaves the one or the other, and never one that was restored and does not know it.
    """
    require_reason(reason)
    place = _file_of(database, "pg_restore --dbname=DATABASE FILE, then: netpulse ledger restored --reason TEXT")
    require_stopped(database)
    if not source.is_file():
        raise SiteError("there is no such file", path=source)
    with _beside(place) as fresh:
        _copy(source, fresh)
        with closing(Database(f"sqlite:///{fresh}")) as copy:
            upgrade(copy)
            restored = Restoring(copy).declare(reason, by=by)
        _as_one_file(fresh)
        database.close()  # or its own connections would keep the former ledger from being closed
        _owned_alike(fresh, place)
        require_stopped(database)  # nor may one have begun meanwhile
        former = _set_aside(place)
        fresh.replace(place)
    _flush(place.parent)
    return restored, former


class _beside:  # noqa: N801  it reads as a preposition, where it is used
    """A private file in a target's folder, which is gone again unless it was moved into place."""

    def __init__(self, target: Path) -> None:
        self._target = target

    def __enter__(self) -> Path:
        try:
            handle, name = tempfile.mkstemp(dir=self._target.parent, prefix=f".{self._target.name}.")
        except OSError as error:
            raise SiteError(f"cannot be written: {error.strerror}", path=self._target) from error
        os.close(handle)
        self._fresh = Path(name)
        return self._fresh

    def __exit__(self, *exc: object) -> None:
        for suffix in ("", *BESIDE):
            Path(f"{self._fresh}{suffix}").unlink(missing_ok=True)


def _file_of(database: Database, otherwise: str) -> Path:
    if not database.sqlite:
        raise Refused("this ledger is PostgreSQL's, which has tools of its own", hint=otherwise)
    return Path(str(database.url.database))


def _copy(source: Path, target: Path) -> None:
    """Copy a ledger in one step: a copy in several begins anew each time somebody writes in between."""
    try:
        with closing(sqlite3.connect(source)) as given, closing(sqlite3.connect(target)) as copy:
            given.backup(copy, pages=-1)
            copy.execute("PRAGMA journal_mode=DELETE")
            (said,) = copy.execute("PRAGMA quick_check(1)").fetchone()
            known = copy.execute("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    except sqlite3.Error as error:
        raise ServiceError(f"{source} cannot be copied: {error}", hint="is it a ledger, and is there room?") from error
    if said != "ok" or known != (1,):
        raise SiteError(f"not a sound ledger: {said if said != 'ok' else 'it has none of its tables'}", path=source)
    with target.open("rb+") as file:
        os.fsync(file.fileno())


def _as_one_file(file: Path) -> None:
    with closing(sqlite3.connect(file)) as copy:
        copy.execute("PRAGMA journal_mode=DELETE")
    with file.open("rb+") as written:
        os.fsync(written.fileno())


def _owned_alike(fresh: Path, place: Path) -> None:
    """Let the service read what was restored, whoever restored it."""
    if place.exists():
        was = place.stat()
        fresh.chmod(was.st_mode & 0o777)
        with suppress(OSError):  # only root gives files away
            os.chown(fresh, was.st_uid, was.st_gid)


def _set_aside(place: Path) -> Path | None:
    """Keep the former ledger under another name, whole, while it is still in its place too."""
    if not place.exists():
        return None
    as_one_file(place)  # or what it has beside it would be taken for the next one's
    former = place.with_name(f"{place.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
    try:
        former.hardlink_to(place)
    except OSError:  # not every file system has them
        shutil.copy2(place, former)
    for suffix in BESIDE:
        with suppress(FileNotFoundError):
            Path(f"{place}{suffix}").rename(f"{former}{suffix}")
    return former


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
