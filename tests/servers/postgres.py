"""A real PostgreSQL of the tests' own, with a fresh database for whoever asks."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
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
    """PostgreSQL on a private port, trusting whoever reaches it on the loopback; `disk` is where its data lies."""

    def __init__(self, disk: Path | None = None, certificate: Path | None = None) -> None:
        self._certificate = certificate
        self._binaries = binaries()
        self._user = unprivileged()
        self.folder = Path(tempfile.mkdtemp(prefix="netpulse-postgres-", dir=disk))
        if self._user is not None:
            os.chown(self.folder, *self._user)
        self.port = free_port()
        self._names = (f"test_{number}" for number in itertools.count(1))
        self._process: Process | None = None
        self._initdb()
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

    def _initdb(self) -> None:
        command = [str(self._binaries / "initdb"), "-D", str(self.folder / "data"), "-U", USER, "-A", "trust"]
        done = subprocess.run(
            [*command, "--no-sync", "--encoding=UTF8", "--locale=C"],
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
            raise ServerFailed(f"initdb failed:\n{done.stderr[-2000:]}")

    def _execute(self, statement: sql.Composed) -> None:
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
