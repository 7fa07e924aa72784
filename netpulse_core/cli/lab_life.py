"""The one lab a site may have: held by a lock the kernel lets go of, started in the background, stopped by its pid."""

import fcntl
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from netpulse_core.errors import Conflict, ServiceError
from netpulse_core.settings import STATE

_PATIENCE = 20.0

ENDING = 10.0
"""Seconds a lab that was told to stop may take until its process is gone."""

_LOOK = 0.05


@contextmanager
def held(site: Path) -> Iterator[None]:
    """Hold a site for the lab of this process; its pid is told while that runs."""
    path = _file(site)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _taken(site) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def pid(site: Path) -> int | None:
    """Return the pid of the lab that runs on a site, or None."""
    try:
        with _file(site).open(encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read().strip() or 0) or None
            return None
    except FileNotFoundError:
        return None


def require_none(site: Path) -> None:
    """Raise Conflict where a lab runs on a site."""
    if pid(site) is not None:
        raise _taken(site)


def begin(site: Path, options: list[str]) -> int:
    """Start a lab that outlives this command and return its pid once it answers."""
    require_none(site)
    log = site / STATE / "lab.log"
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [sys.executable, "-m", "netpulse_core", "--site", str(site), "lab", "up", *options]
    log.unlink(missing_ok=True)  # of before, when others could read it
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as output:
        child = subprocess.Popen(  # noqa: S603 - this program itself
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and child.poll() is None:
        if pid(site) == child.pid:
            return child.pid
        time.sleep(_LOOK)
    said = log.read_text(encoding="utf-8").strip().removeprefix("error: ").splitlines()
    raise ServiceError(said[0] if said else "the lab did not come up", hint=f"it wrote {log}")


def end(site: Path) -> bool:
    """Stop the lab of a site, and wait until its process is gone; False where none runs."""
    running = pid(site)
    if running is None:
        return False
    if not _ended(running):
        raise ServiceError(
            f"the lab of {site} was told to stop {ENDING:g} s ago, and its process {running} still runs",
            hint=f"it may be about to end; to end it at once: kill -9 {running}",
        )
    return True


def _ended(process: int) -> bool:
    """Tell a process to stop, and whether it was gone in time."""
    deadline = time.monotonic() + ENDING
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    except (AttributeError, OSError):  # another system, or a container that does not let it be asked
        os.kill(process, signal.SIGTERM)
        while (there := _is_there(process)) and time.monotonic() < deadline:
            time.sleep(_LOOK)
        return not there
    try:
        os.kill(process, signal.SIGTERM)
        ending = select.poll()
        ending.register(handle, select.POLLIN)
        return bool(ending.poll(ENDING * 1000))
    finally:
        os.close(handle)


def _is_there(process: int) -> bool:
    with suppress(ChildProcessError):  # of our own, what has ended stays until it is waited for
        return os.waitpid(process, os.WNOHANG)[0] == 0
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _taken(site: Path) -> Conflict:
    return Conflict(f"a lab runs on {site}", hint=f"stop it: `netpulse --site {site} lab down`")


def _file(site: Path) -> Path:
    return site / STATE / "lab.pid"
