"""A real PostgreSQL of the tests' own, with a fresh database for whoever asks."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg import sql

from tests.servers.process import Process, ServerFailed, ServerMissing, free_port

USER = "netpulse"


def binaries() -> Path:
    """The folder of initdb and postgres: Debian keeps them off PATH, one folder a version."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4]))
    if not versions:
        raise ServerMissing("postgresql is not installed")
    return versions[-1].parent


def lacking() -> str | None:
    """What PostgreSQL needs and this machine has not; nothing when it can run."""
    try:
        binaries()
        unprivileged()
    except ServerMissing as error:
        return str(error)
    return None


def unprivileged() -> tuple[int, int] | None:
    """The user and group to run it as when we are root, as which PostgreSQL refuses to run."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise ServerMissing("postgresql refuses to run as root, and there is no other user to run it as")


class PostgresServer:
    """PostgreSQL on a private port, trusting whoever reaches it on the loopback; `disk` is where its data lies.

    One that `follows` another is its standby: a copy that takes no writes, a moment behind.
    """

    def __init__(
        self, disk: Path | None = None, certificate: Path | None = None, follows: PostgresServer | None = None
    ) -> None:
        self._certificate = certificate
        self._binaries = binaries()
        self._user = unprivileged()
        self.folder = Path(tempfile.mkdtemp(prefix="netpulse-postgres-", dir=disk))
        if self._user is not None:
            os.chown(self.folder, *self._user)
        self.port = free_port()
        self._names = (f"test_{number}" for number in itertools.count(1))
        self._process: Process | None = None
        if follows is None:
            self._make("initdb", "-U", USER, "-A", "trust", "--no-sync", "--encoding=UTF8", "--locale=C")
        else:
            self._make("pg_basebackup", "-d", follows._conninfo(), "--write-recovery-conf", "--no-sync", "-c", "fast")
        self.start()

    def url(self, name: str = "postgres") -> str:
        """A database of this server in SQLAlchemy's form."""
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{name}"

    @property
    def running(self) -> bool:
        """Whether it is up."""
        return self._process is not None and self._process.running

    def start(self) -> None:
        """Start it, on the address and with the data it had before; when it runs, nothing happens."""
        if self.running:
            return
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "max_connections": "200",
            # A crash of the server loses nothing by these: only a crash of the machine would.
            "fsync": "off",
            "full_page_writes": "off",
            "max_wal_size": "64MB",  # a disk of the tests may be small
            "min_wal_size": "32MB",
        }
        if self._certificate is not None:
            own = self.folder / "server.pem"  # which nobody else may read, or PostgreSQL does not start
            own.write_bytes(self._certificate.read_bytes())
            own.chmod(0o600)
            if self._user is not None:
                os.chown(own, *self._user)
            settings |= {"ssl": "on", "ssl_cert_file": str(own), "ssl_key_file": str(own)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [str(self._binaries / "postgres"), "-D", str(self.folder / "data"), *options]
        log = self.folder / "postgres.log"
        self._process = Process(command, log, last=signal.SIGQUIT, user=self._user)
        self._process.wait_until(self._answers, "postgresql")

    def stop(self) -> None:
        """End it in order, its clients cut off."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """End it at once, as a crash does: no checkpoint, and recovery at the next start."""
        self._end(signal.SIGQUIT)

    def caught_up(self, primary: PostgresServer) -> None:
        """Wait until a standby has everything that its primary has written by now."""
        with psycopg.connect(primary._conninfo()) as there, psycopg.connect(self._conninfo()) as here:
            written = there.execute("SELECT pg_current_wal_flush_lsn()").fetchone()
            until = time.monotonic() + 20
            while time.monotonic() < until:
                replayed = here.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", written).fetchone()
                if replayed == (True,):
                    return
                time.sleep(0.02)
        raise ServerFailed("the standby does not catch up with its primary")

    def part(self) -> None:
        """Have a standby hear no more of its primary, which goes on and does not mind."""
        self._execute(sql.SQL("ALTER SYSTEM SET primary_conninfo = ''"))
        self._execute(sql.SQL("SELECT pg_reload_conf()"))
        with psycopg.connect(self._conninfo(), autocommit=True) as connection:
            until = time.monotonic() + 20
            while connection.execute("SELECT 1 FROM pg_stat_wal_receiver").fetchone() is not None:
                if time.monotonic() > until:
                    raise ServerFailed("the standby still hears its primary")
                time.sleep(0.02)

    def wait_for_standbys(self) -> None:
        """Have a primary answer no commit from now on that a standby has not."""
        self._execute(sql.SQL("ALTER SYSTEM SET synchronous_standby_names = '*'"))
        self._execute(sql.SQL("SELECT pg_reload_conf()"))
        with psycopg.connect(self._conninfo(), autocommit=True) as connection:
            until = time.monotonic() + 20
            while time.monotonic() < until:
                states = connection.execute("SELECT sync_state FROM pg_stat_replication").fetchall()
                if ("sync",) in states:
                    time.sleep(0.5)  # the process that keeps the others told has read its settings by then
                    return
                time.sleep(0.02)
        raise ServerFailed("no standby follows this primary")

    def promote(self) -> None:
        """Make a primary of a standby."""
        self._execute(sql.SQL("SELECT pg_promote()"))

    def create(self, template: str = "template1") -> str:
        """A new database, a copy of a template nobody is connected to; returns its name."""
        name = next(self._names)
        self._execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def close(self) -> None:
        """Stop it for good and remove its data."""
        self._end(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _make(self, tool: str, *options: str) -> None:
        done = subprocess.run(
            [str(self._binaries / tool), "-D", str(self.folder / "data"), *options],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            user=self._user[0] if self._user else None,
            group=self._user[1] if self._user else None,
            extra_groups=[] if self._user else None,
        )
        if done.returncode != 0:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise ServerFailed(f"{tool} failed:\n{done.stderr[-2000:]}")

    def _execute(self, statement: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(self._conninfo(), autocommit=True) as connection:
            connection.execute(statement)

    def _conninfo(self) -> str:
        return f"host=127.0.0.1 port={self.port} user={USER} dbname=postgres connect_timeout=2"

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self._conninfo()):
                return True
        except psycopg.OperationalError:
            return False

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.end(number)
            self._process = None
