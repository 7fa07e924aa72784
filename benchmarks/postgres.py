"""A private PostgreSQL with its default durability, for as long as it is measured."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

USER = "netpulse"


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server that trusts whoever reaches it on the loopback."""

    port: int

    @property
    def conninfo(self) -> str:
        """Where psycopg finds it."""
        return f"host=127.0.0.1 port={self.port} user={USER} dbname=postgres connect_timeout=2"

    @property
    def sqlalchemy_url(self) -> str:
        """Where the ledger finds it."""
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/postgres"


def lacking() -> str | None:
    """Say what is missing to run one; None when nothing is."""
    if _binaries() is None:
        return "it is not installed"
    if os.geteuid() == 0 and _other_user() is None:
        return "it refuses to run as root, and there is no other user to run it as"
    return None


@contextmanager
def running() -> Iterator[Postgres]:
    """Run a server with an empty database and fsync on, and remove it afterwards."""
    binaries, user = _binaries(), _other_user() if os.geteuid() == 0 else None
    assert binaries is not None
    folder = Path(tempfile.mkdtemp(prefix="netpulse-bench-"))
    port = _free_port()
    if user is not None:
        os.chown(folder, user, -1)
    process: subprocess.Popen[bytes] | None = None
    try:
        _run([binaries / "initdb", "-D", folder / "data", "-U", USER, "-A", "trust", "--no-sync"], folder, user)
        options = ("-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}")
        command: list[str | Path] = [binaries / "postgres", "-D", folder / "data", "-p", str(port), *options]
        process = subprocess.Popen(command, cwd=folder, user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        server = Postgres(port)
        _wait_for(server)
        yield server
    finally:
        if process is not None:
            process.kill() if process.poll() is None else None
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str | Path], folder: Path, user: int | None) -> None:
    subprocess.run(command, check=True, cwd=folder, user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _wait_for(server: Postgres) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            psycopg.connect(server.conninfo).close()
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def _binaries() -> Path | None:
    """Find initdb and postgres: Debian keeps them off PATH, in one folder a version."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4]))
    return versions[-1].parent if versions else None


def _other_user() -> int | None:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
