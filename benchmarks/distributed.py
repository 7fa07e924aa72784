"""A distributed site for as long as it is measured: PostgreSQL, Redis, and workers in processes of their own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from benchmarks import postgres, redis
from netpulse_core import settings
from netpulse_core.controller import NetPulse
from netpulse_core.ledger.ledger import Ledger


def lacking() -> str | None:
    """Say what is missing to run one; None when nothing is."""
    return postgres.lacking() or redis.lacking()


@contextmanager
def site(folder: Path) -> Iterator[NetPulse]:
    """Run the servers of a site, whose workers find them in this process's environment, and open it."""
    with ExitStack() as stack:
        ledger = stack.enter_context(postgres.running()).sqlalchemy_url
        broker = stack.enter_context(redis.running())
        told = {"NETPULSE_LEDGER": ledger, "NETPULSE_BROKER": broker, "NETPULSE_ALLOW_CLEAR_SECRETS": "true"}
        told |= {"NETPULSE_SECRET_KEY": "benchmark " * 4, "NETPULSE_STORE_KEYS": "5" * 64}
        os.environ.update(told)
        with closing(Ledger(ledger)) as new:
            new.upgrade()
        yield stack.enter_context(NetPulse.open(settings.load(folder)))


@contextmanager
def worker(folder: Path, name: str, *, slots: int | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker of the site under a name; it is killed at the end."""
    command = [sys.executable, "-m", "netpulse_core", "worker"]
    environment = {**os.environ, "NETPULSE_SITE": str(folder), "NETPULSE_NODE": name}
    if slots is not None:
        environment["NETPULSE_SLOTS"] = str(slots)
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def until(true: Callable[[], bool], seconds: float = 120.0) -> None:
    """Wait for something to be true, for so many seconds at most."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.1)
