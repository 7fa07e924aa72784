"""A private Redis, for as long as it is measured."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError


def lacking() -> str | None:
    """Say what is missing to run one; None when nothing is."""
    return None if shutil.which("redis-server") else "redis-server is not installed"


@contextmanager
def running() -> Iterator[str]:
    """Run a server that keeps nothing, on a Unix socket, and give its URL."""
    folder = Path(tempfile.mkdtemp(prefix="netpulse-bench-"))
    socket = folder / "redis.sock"
    command = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(socket)
        yield f"unix://{socket}?db=0"
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(socket: Path) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            Redis(unix_socket_path=str(socket)).ping()
        except (RedisError, OSError):
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return
