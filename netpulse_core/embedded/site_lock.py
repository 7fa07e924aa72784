"""Who owns a site: one process at a time, by a lock the kernel lets go of when it dies."""

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from netpulse_core.errors import SiteHeld
from netpulse_core.settings import ADMIN_KEY, Settings

LOCK, ANNOUNCEMENT = "lock", "service.json"

PATIENCE = 0.3
"""Seconds to wait for a lock that is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Where a running embedded service answers; over TLS, with which certificate (PEM).

    That of a command which only looks has no worker.
    """

    url: str
    pid: int
    worker: bool = True
    certificate: str = ""
    key: str = field(default="", repr=False)


class SiteLock:
    """Holds a site for this process; raises SiteHeld where another holds it."""

    def __init__(self, state: Path) -> None:
        self._state = state

    def __enter__(self) -> Self:
        self._state.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._handle = os.open(self._state / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not self._taken():
            os.close(self._handle)
            raise self._held_by_another()
        (self._state / ANNOUNCEMENT).unlink(missing_ok=True)
        return self

    def _held_by_another(self) -> SiteHeld:
        site = self._state.parent.resolve()
        if not (self._state / ANNOUNCEMENT).exists():
            return _not_answering_yet(site)
        hint = "use it through its REST face, as the command line does by itself"
        return SiteHeld(f"another process runs the site {site}", hint=hint)

    def _taken(self) -> bool:
        """Take the lock; who only asks whether it is held holds it too, for a moment."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    return False
                time.sleep(0.02)
            else:
                return True

    def __exit__(self, *exc: object) -> None:
        (self._state / ANNOUNCEMENT).unlink(missing_ok=True)
        os.close(self._handle)

    def announce(self, service: Service) -> None:
        """Say where this process answers; the file appears whole or not at all."""
        said = {name: value for name, value in asdict(service).items() if name != "key"}
        fresh = self._state / f"{ANNOUNCEMENT}.new"
        fresh.write_text(json.dumps(said) + "\n", encoding="utf-8")
        fresh.replace(self._state / ANNOUNCEMENT)


def running_service(settings: Settings) -> Service | None:
    """Return the embedded service that runs this site now, or None; raise SiteHeld where it does not say yet where."""
    announcement, lock = settings.state / ANNOUNCEMENT, settings.state / LOCK
    if not lock.exists() or not _held(lock):
        return None
    try:
        said = json.loads(announcement.read_text(encoding="utf-8"))
        key = (settings.state / ADMIN_KEY).read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise _not_answering_yet(settings.site.resolve()) from error
    certificate, worker = said.get("certificate", ""), said.get("worker", True)
    return Service(url=said["url"], pid=said["pid"], worker=worker, certificate=certificate, key=key)


def _not_answering_yet(site: Path) -> SiteHeld:
    return SiteHeld(f"another process runs the site {site} and does not answer yet", hint="try again")


def _held(lock: Path) -> bool:
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
