"""The connection to the ledger: who may write when, what time it is there, and what its errors mean."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Any

from sqlalchemy import ColumnElement, Connection, Double, Engine, create_engine, event, select
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from netpulse_core.dice import dice
from netpulse_core.errors import InvalidParameters, ServiceError
from netpulse_core.ledger import address
from netpulse_core.ledger.timeline import Timeline

OPENING = 10.0
"""Seconds to wait for other processes that open the same new file."""

# Not unixepoch('subsec'): it is NULL on SQLite 3.40, and a lease that is NULL never ends.
NOW_OF_SQLITE = "((julianday('now') - 2440587.5) * 86400.0)"

TRIES = 8
"""How often a transaction that lost a race is done again before its caller hears of it."""

APPLICATION = "netpulse"
"""What our processes are called in PostgreSQL's list of connections."""

PATIENCE: dict[str, Any] = {
    "connect_timeout": 5,
    "tcp_user_timeout": 15_000,
    # That one ends what was sent and not received. Where a server vanishes before it answers, nothing is under way.
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "fallback_application_name": APPLICATION,
    # A process frozen inside a transaction would hold its row locks, and everyone who needs them, for ever.
    "options": "-c idle_in_transaction_session_timeout=15s",
}
"""What libpq is told unless the URL says otherwise: by itself it waits for minutes, or for ever."""


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
    return NOW_OF_SQLITE


class Database:
    """The engine behind the ledger; `write` and `read` are the only ways in."""

    def __init__(self, url: str, before_commit: Callable[[Connection], None] = lambda connection: None) -> None:
        self._before_commit = before_commit
        self.url = address.understood(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self._turn = threading.Lock()
        self.engine = self._sqlite_engine() if self.sqlite else self._server_engine()
        self.timeline = None if self.sqlite else Timeline(self.engine)
        self.follows = False
        """Whether a failover is dealt with also by whoever only reads, and not by the first who writes alone."""

    def __repr__(self) -> str:
        return f"<ledger {self.shown}>"

    @property
    def shown(self) -> str:
        """The URL as people may see it, without a password."""
        return address.shown(self.url)

    def close(self) -> None:
        """Close every connection; one in use, or asked for hereafter, is closed once it is given back."""
        before = self.engine.pool
        self.engine.dispose()
        for pool in (before, self.engine.pool):
            event.listen(pool, "checkin", _end)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Hold one transaction that may write; raise ServiceError where the ledger is away."""
        with self._errors():
            if not self.sqlite:
                with self._connected() as connection, connection.begin():
                    yield from self._within(connection)
                return
            # SQLite's own wait for the write lock is unfair: worst claims fell from 335 to 31 ms with a lock of ours.
            with self._turn, self.engine.begin() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                yield from self._within(connection)

    def _connected(self) -> Connection:
        """Connect to a server that goes by the history this ledger does, or to a ledger that knows none."""
        while True:
            connection = self.engine.connect()
            if self.timeline is None or self.timeline.is_of(connection):
                return connection
            with connection:
                known = again_if_beaten(self._settle)(connection, self.timeline)
            if not known:
                return self.engine.connect()

    def _connected_to_read(self) -> Connection:
        """Connect to any server: where a failover cannot be settled, whoever writes is told, and reads go on."""
        connection = self.engine.connect()
        if not self.follows or self.timeline is None or self.timeline.is_of(connection):
            return connection
        with suppress(ServiceError, DBAPIError), connection:
            again_if_beaten(self._settle)(connection, self.timeline)
        return self.engine.connect()

    def _settle(self, connection: Connection, timeline: Timeline) -> bool:
        try:
            with connection.begin():
                for within in self._within(connection):
                    committed = timeline.settle(within, clock(within))
        except ServiceError:
            connection.invalidate()  # it leads to a server that was left, and nobody is to get it again
            raise
        if committed is not None:
            committed()
        return committed is not None

    def _within(self, connection: Connection) -> Iterator[Connection]:
        connection.info.clear()  # which outlives a transaction that failed
        yield connection
        self._before_commit(connection)

    def same_timeline(self) -> tuple[ColumnElement[bool], ...]:
        """Return what must hold in a statement that may take effect only in the history this ledger goes by."""
        return () if self.timeline is None else self.timeline.conditions()

    def require_same_timeline(self, connection: Connection) -> None:
        """Raise ServiceError where the server behind a connection goes by another history than the ledger."""
        if self.timeline is not None and not self.timeline.agrees(connection):
            raise self._away("PostgreSQL has failed over since")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Hold one transaction that only reads; it never waits for a writer, but for one that settles a failover."""
        with self._errors(), self._connected_to_read() as connection, connection.begin():
            if self.sqlite:
                connection.exec_driver_sql("BEGIN")
            yield connection

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """Hold a connection without a transaction, for what a database does only outside of one."""
        with self._errors(), self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    def now(self) -> float:
        """Return the ledger's time in seconds since 1970 UTC."""
        with self.read() as connection:
            return clock(connection)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, InterfaceError, InternalError) as error:
            if is_beaten(error):
                raise
            raise self._away(_reason(error), said=str(error.orig)) from error
        except PoolTimeout as error:
            raise self._away("every connection to it is in use") from error
        except (DataError, UnicodeEncodeError, OverflowError) as error:
            # NUL, half a surrogate pair, a number of twenty digits: what somebody sent is wrong, not the ledger.
            raise InvalidParameters("request", ["it holds text or a number that the ledger cannot keep"]) from error

    def _away(self, reason: str, *, said: str = "") -> ServiceError:
        return ServiceError(f"the ledger is not available: {reason}", hint=address.advice(self.url, said))

    def _server_engine(self) -> Engine:
        patience = {name: value for name, value in PATIENCE.items() if name not in self.url.query}
        return create_engine(
            self.url,
            pool_size=16,
            max_overflow=32,
            pool_pre_ping=True,
            pool_timeout=10,
            hide_parameters=True,  # a statement's values are outputs and hashes: they must not reach a log
            connect_args=patience,
        )

    def _sqlite_engine(self) -> Engine:
        engine = create_engine(
            self.url, pool_size=16, max_overflow=32, pool_timeout=10, hide_parameters=True, connect_args={"timeout": 10}
        )
        event.listen(engine, "do_connect", _keep_to_ourselves)
        event.listen(engine, "connect", _prepare_sqlite)  # not "begin": each statement would look for listeners
        return engine


def _keep_to_ourselves(dialect: Any, record: Any, arguments: list[Any], options: Mapping[str, Any]) -> None:
    """Make the file of a new ledger so that only its owner may read it; SQLite gives its WAL the same mode."""
    if options.get("uri"):  # which has a mode of its own
        return
    with suppress(OSError):  # it is there, or cannot be made, which SQLite says best
        os.close(os.open(arguments[0], os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN is deferred: reading, then writing, deadlocks
    for pragma in ("busy_timeout=10000", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    until = time.monotonic() + OPENING
    while True:
        # Two processes that open a new file at once: here SQLite says "locked" without the wait it was told of.
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(dice.uniform(0.005, 0.05))
        else:
            return


def _end(connection: Any, record: Any) -> None:
    record.close()


def _reason(error: DBAPIError) -> str:
    lines = str(error.orig).strip().splitlines()
    return lines[0] if lines else type(error).__name__


_NOW = select(now())

_UNIX_EPOCH = 210_866_760_000_000
"""Milliseconds of 1970 since the beginning of the Julian period, as SQLite counts them."""


def clock(connection: Connection) -> float:
    """Return the ledger's time now in seconds since 1970 UTC."""
    if connection.dialect.name == "sqlite":
        # It reads this machine's clock, in milliseconds, as is done here to the last bit: to ask it costs a statement.
        day = (time.time_ns() // 1_000_000 + _UNIX_EPOCH) / 86_400_000.0
        return (day - 2_440_587.5) * 86_400.0
    return float(connection.scalar(_NOW) or 0.0)


def is_beaten(error: DBAPIError) -> bool:
    """Whether another transaction simply came first, so that doing it all again is right."""
    if isinstance(error, IntegrityError):
        guards = "ux_jobs_device_held", "ux_jobs_device_diagnosed", "jobs.device_key"
        return any(guard in str(error.orig) for guard in guards)
    return getattr(error.orig, "sqlstate", None) in {"40P01", "40001"}  # deadlock, serialization failure


def again_if_beaten[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Do a whole transaction again when another one came first; ServiceError when that happens again and again."""

    @wraps(function)
    def tried(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(TRIES):
            try:
                return function(*args, **kwargs)
            except DBAPIError as error:
                if not is_beaten(error):
                    raise
                beaten = error
            time.sleep(dice.uniform(0, 0.01 * 2**attempt))  # two that met must not meet again
        raise ServiceError("the ledger is too busy: others came first every time", retry_after=1.0) from beaten

    return tried
