"""Whether somebody uses the file of a SQLite ledger, asked before another is put in its place."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import QueuePool, text

from netpulse_core.errors import Conflict, ServiceError
from netpulse_core.ledger.database import APPLICATION, NOW_OF_SQLITE, Database
from netpulse_core.model.text import in_short

_BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_HELD = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})

_LEFT = f"lease_until - {NOW_OF_SQLITE}"
_LIVING = f"SELECT name, {_LEFT} FROM nodes WHERE {_LEFT} > 0 ORDER BY name"  # noqa: S608

_HINT = "stop every api, worker and scheduler of this site first"


def require_stopped(database: Database) -> None:
    """Raise Conflict where a worker of a SQLite ledger lives, or was killed and its lease has not ended."""
    place = Path(str(database.url.database))
    if not database.sqlite or not place.exists():
        return
    try:
        with closing(sqlite3.connect(place)) as ledger:
            there = ledger.execute("SELECT count(*) FROM sqlite_master WHERE name = 'nodes'").fetchone() == (1,)
            living = ledger.execute(_LIVING).fetchall() if there else []
    except sqlite3.Error as error:
        if _code(error) in _BROKEN:  # nobody lives by what nobody can read
            return
        raise _unusable(place, error) from error
    if living:
        names = in_short([name for name, _ in living])
        longest = max(left for _, left in living)
        hint = f"{_HINT}; of one that was killed, the lease ends within {longest:.0f} s"
        raise Conflict(f"workers use this ledger: {names}", hint=hint)


def others(database: Database) -> int:
    """Count the connections of other processes of ours to a ledger on PostgreSQL; a pooler's count as well."""
    if database.sqlite:
        return 0
    ours = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = :name"
    pool = database.engine.pool
    with database.read() as connection:
        found = int(connection.scalar(text(ours), {"name": APPLICATION}) or 0)
        mine = pool.checkedin() + pool.checkedout() if isinstance(pool, QueuePool) else 1
    return max(0, found - mine)


def as_one_file(place: Path) -> None:
    """Bring into the file what SQLite keeps beside it; raise Conflict where another process has it open.

    One that is broken stays as it is.
    """
    try:
        with closing(sqlite3.connect(place)) as ledger:
            ledger.execute("PRAGMA journal_mode=DELETE")  # which SQLite does for nobody but the only one
    except sqlite3.Error as error:
        if _code(error) not in _BROKEN:
            raise _unusable(place, error) from error


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest of it says which kind of this


def _unusable(place: Path, error: sqlite3.Error) -> Exception:
    if _code(error) in _HELD:
        return Conflict(f"another process uses the ledger {place}", hint=_HINT)
    return ServiceError(f"{place} cannot be set aside: {error}", hint="where it is broken, move it away by hand")
