"""The credentials of one connection, and what is remembered of which one a device took."""

import threading
import time
from collections.abc import Callable
from functools import cached_property
from typing import Protocol

from netpulse_core.model.connection import ConnectionParameters
from netpulse_core.model.logins import Known, Refusal, Taken


class Candidate:
    """One credential of a connection; its secrets are read when its parameters are first asked for."""

    def __init__(
        self,
        position: int,
        name: str,
        read: Callable[[], ConnectionParameters],
        forget: Callable[[], None] = lambda: None,
    ) -> None:
        self.position, self.name = position, name
        self._read, self.forget = read, forget

    @cached_property
    def parameters(self) -> ConnectionParameters:
        """Where to connect, and as whom."""
        return self._read()


class Memory(Protocol):
    """What devices took and refused before, by their names and a driver's."""

    def known(self, device: str, driver: str) -> Known:
        """Return what is known of this way to a device."""

    def took(self, device: str, driver: str, took: Taken) -> None:
        """Remember what a device took."""

    def refused(self, device: str, driver: str, what: str, job: int | None) -> None:
        """Remember that a device refused what has this id."""


class Remembered:
    """The memory of one process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._took: dict[tuple[str, str], str] = {}
        self._refused: dict[tuple[str, str], dict[str, tuple[float, int | None]]] = {}

    def known(self, device: str, driver: str) -> Known:
        """Return what is known of this way to a device."""
        with self._lock:
            refused = self._refused.get((device, driver), {}).items()
            now = self._clock()
            told = {id: Refusal(now - at, job) for id, (at, job) in refused}
            return Known(self._took.get((device, driver)), told)

    def took(self, device: str, driver: str, took: Taken) -> None:
        """Remember what a device took."""
        with self._lock:
            self._took[device, driver] = took.name
            for what in took.sent:
                self._refused.get((device, driver), {}).pop(what, None)

    def refused(self, device: str, driver: str, what: str, job: int | None) -> None:
        """Remember that a device refused what has this id."""
        with self._lock:
            self._refused.setdefault((device, driver), {})[what] = self._clock(), job
