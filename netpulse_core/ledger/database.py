"""The connection to the ledger: who may write when, what time it is there, and what its errors mean."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from sqlalchemy import Connection, Double, Engine, create_engine, event, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from netpulse_core.errors import ServiceError

TRIES = 8
"""How often a transaction that lost a race is done again before its caller hears of it."""


class now(FunctionElement[float]):  # noqa: N801  it reads as SQL, in statements
    """The database's clock, read when the statement runs."""

    type = Double()
    inherit_cache = True


@compiles(now, "postgresql")
def _now_postgresql(element: now, compiler: Any, **options: Any) -> str:
    # Not now(): that is when the transaction began, which a wait for a lock makes a lie.
    return "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"


@compiles(now, "sqlite")
def _now_sqlite(element: now, compiler: Any, **options: Any) -> str:
    # Not unixepoch('subsec'): it is NULL on SQLite 3.40, and a lease that is NULL never ends.
    return "((julianday('now') - 2440587.5) * 86400.0)"


class Database:
    """The engine behind the ledger; `write` and `read` are the only ways in."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self._turn = threading.Lock()
        self.engine = self._sqlite_engine() if self.sqlite else self._server_engine()

    def __repr__(self) -> str:
        return f"<ledger {self.url.render_as_string(hide_password=True)}>"

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Hold one transaction that may write; raise ServiceError where the ledger is away."""
        with self._errors():
            if not self.sqlite:
                with self.engine.begin() as connection:
                    yield connection
                return
            # SQLite's own wait for the write lock is unfair: worst claims fell from 335 to 31 ms with a lock of ours.
            with self._turn, self._writer.begin() as connection:
                yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Hold one transaction that only reads; it never waits for a writer."""
        with self._errors(), self.engine.begin() as connection:
            yield connection

    def now(self) -> float:
        """Return the ledger's time in seconds since 1970 UTC."""
        with self.read() as connection:
            return float(connection.scalar(select(now())) or 0.0)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, InterfaceError) as error:
            if is_beaten(error):
                raise
            raise ServiceError(
                f"the ledger is not available: {_reason(error)}",
                hint=f"check that {self.url.render_as_string(hide_password=True)} is up and reachable",
            ) from error

    def _server_engine(self) -> Engine:
        return create_engine(self.url, pool_size=16, max_overflow=32, pool_pre_ping=True, pool_timeout=10)

    def _sqlite_engine(self) -> Engine:
        engine = create_engine(self.url, pool_size=16, max_overflow=32, connect_args={"timeout": 10})
        self._writer = engine.execution_options(np_begin="BEGIN IMMEDIATE")
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN is deferred: reading, then writing, deadlocks
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("np_begin", "BEGIN"))


def _reason(error: DBAPIError) -> str:
    lines = str(error.orig).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def is_beaten(error: DBAPIError) -> bool:
    """Whether another transaction simply came first, so that doing it all again is right."""
    if isinstance(error, IntegrityError):
        return "ux_jobs_device_held" in str(error.orig) or "jobs.device_key" in str(error.orig)
    return getattr(error.orig, "sqlstate", None) in {"40P01", "40001"}  # deadlock, serialization failure


def again_if_beaten[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Do a whole transaction again when another one came first."""

    @wraps(function)
    def tried(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(TRIES):
            try:
                return function(*args, **kwargs)
            except DBAPIError as error:
                if not is_beaten(error) or attempt == TRIES - 1:
                    raise
        raise AssertionError("unreachable")

    return tried
