"""The secrets that one node has read: kept for a bounded time, and forgotten at once where a device refused one."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from netpulse_core.hooks.manager import Plugins
from netpulse_core.model.secretstore import SecretStore
from netpulse_core.runs.known import KnownSecrets
from netpulse_core.runs.redact import Redactor


class _Known(NamedTuple):
    value: str
    until: float


class SecretReader:
    """Asks the plugins for what is behind references, and knows the answer for some seconds."""

    def __init__(
        self, plugins: Plugins, store: SecretStore, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._plugins = plugins
        self._store = store
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, _Known] = {}
        self.ever = KnownSecrets()
        """Every secret that was read, also the ones that are forgotten: only to mask them."""

    def __repr__(self) -> str:
        return f"<secrets of {len(self._known)} references>"

    def read(self, reference: str, told: Callable[[str], object]) -> str:
        """Return the secret behind a reference; `told` hears of the reference where it was really read."""
        now = self._clock()
        with self._lock:
            known = self._known.get(reference)
        if known is not None and now < known.until:
            return known.value
        value = self._plugins.secret(reference, self._store)  # without the lock: a vault may take its time
        self.ever.learn(value)
        told(reference)
        if self._seconds:
            with self._lock:
                self._known = {name: one for name, one in self._known.items() if now < one.until}
                self._known[reference] = _Known(value, now + self._seconds)
        return value

    def forget(self, references: Iterable[str]) -> None:
        """Read these anew the next time: one of them may have been rotated."""
        with self._lock:
            for reference in references:
                self._known.pop(reference, None)


class SecretsOfJob:
    """The secrets of one job: each is masked in all it leaves from the moment it is asked for."""

    def __init__(self, reader: SecretReader, redact: Redactor) -> None:
        self._reader = reader
        self._redact = redact
        self._asked: set[str] = set()
        self.read: list[str] = []
        """The references that were really read for it, for the audit."""

    def resolve(self, reference: str) -> str:
        """Return the secret behind a reference."""
        self._asked.add(reference)
        return self._redact.learn(self._reader.read(reference, self.read.append))

    def forget(self) -> None:
        """Have all that this job asked for read anew: its device refused one of them."""
        self._reader.forget(self._asked)
