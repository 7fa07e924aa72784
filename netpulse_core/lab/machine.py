"""A router without its network: hardware, configurations and the people logged in."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from zlib import crc32

from netpulse_core.lab.archive import Waiting, take_back
from netpulse_core.lab.config import Configuration
from netpulse_core.lab.flash import Flash
from netpulse_core.lab.journal import Session


@dataclass
class Machine:
    """What a command line works on; `ports` names the physical interfaces."""

    name: str
    initial: str
    secret: str | None = None
    model: str = "IOSv"
    version: str = "15.9(3)M6"
    ports: tuple[str, ...] = ()
    sessions: dict[int, Session] = field(default_factory=dict)
    startup: str | None = None
    flash: Flash = field(default_factory=Flash)
    waiting: Waiting | None = None
    """A change that takes itself back unless it is confirmed."""

    def __post_init__(self) -> None:
        self.startup = self.initial if self.startup is None else self.startup
        self.booted = datetime.now(UTC) - timedelta(seconds=600 + crc32(self.name.encode()) % 8_000_000)
        self.changed: tuple[datetime, str] | None = None
        self.reload_reason = "reload"

    @cached_property
    def running(self) -> Configuration:
        # Parsed when first looked at: a thousand devices start without it.
        return self._boot(self.initial)

    @property
    def serial(self) -> str:
        return f"9{crc32(self.name.encode()):010X}"[:11]

    @property
    def running_text(self) -> str:
        return f"version 15.9\n!\n{self.running.text}end\n"

    def save(self) -> None:
        self.startup = self.running.text

    def erase(self) -> None:
        self.startup = ""

    def reload(self) -> None:
        """Start again from the startup configuration; the hardware stays."""
        self.running = self._boot(self.startup or "")
        self.booted, self.changed, self.waiting = datetime.now(UTC), None, None
        self.reload_reason = "Reload Command"

    def boot(self, text: str) -> None:
        """Run another configuration from now on; raises Refusal and changes nothing where it cannot be read."""
        self.running = self._boot(text)

    def line_of(self, ends: Sequence[str]) -> int:
        """The vty line whose connection has these ends, -1 where none has."""
        return next((line for line, session in self.sessions.items() if session.ends == tuple(ends)), -1)

    def tick(self) -> None:
        """Do what is due by now."""
        if self.waiting is not None and time.monotonic() >= self.waiting.until:
            take_back(self)

    def _boot(self, text: str) -> Configuration:
        hardware = "".join(f"interface {port}\n" for port in self.ports)
        return Configuration.parse(text + hardware)
