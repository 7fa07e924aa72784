"""What one job borrows: it opens nothing itself, and gives everything back when the job ends."""

import threading
from collections.abc import Callable, Mapping

from netpulse_core.errors import CommandRejected, DeviceError, TimedOut
from netpulse_core.model.session import ConnectionParameters, Driver, Gate
from netpulse_core.sessions.lent import LentConnection
from netpulse_core.sessions.pool import Pool, Session

Parameters = Callable[[str], ConnectionParameters]
"""Give connection parameters, secrets resolved, for a connection name."""


class Lender:
    """Lends the sessions of one device to one job; used by the job's thread, aborted from any other."""

    def __init__(
        self, pool: Pool, drivers: Mapping[str, Driver], *, device: str, parameters: Parameters, gate: Gate
    ) -> None:
        self._pool = pool
        self._drivers = drivers
        self._device = device
        self._parameters = parameters
        self._gate = gate
        self._lock = threading.Lock()
        self._loans: dict[str, tuple[Session, LentConnection]] = {}
        self._poisoned: set[str] = set()
        self.aborted = False
        """Whether the job ran out of time."""
        self.reused: bool | None = None
        """Whether the first session lent had been used before; None while none was lent."""

    def knows(self, name: str) -> bool:
        """Whether a driver of ours answers to this connection name."""
        return name in self._drivers

    def connection(self, name: str) -> LentConnection:
        """Return the job's connection of this name, borrowing it at the first call."""
        if name in self._loans:
            return self._loans[name][1]
        if self.aborted:
            raise TimedOut("the job ran out of time", device=self._device)
        driver, parameters = self._drivers[name], self._parameters(name)
        session = self._pool.lend(driver, parameters)
        lent = LentConnection(
            session,
            device=self._device,
            platform=parameters.platform,
            gate=self._gate,
            poison=lambda: self._poisoned.add(name),
        )
        if self.reused is None:
            self.reused = session.reused
        self._begin(name, session, lent)
        return lent

    def admit_undeclared(self, name: str) -> None:
        """Let a connection that no driver of ours declares be opened: it may change whatever it likes."""
        if not self._gate.open_for_changes:
            raise CommandRejected(
                f"connection {name!r} declares nothing, so it may change the device, and this runbook only reads",
                device=self._device,
                hint=f"known drivers are {', '.join(sorted(self._drivers))}",
            )
        self._gate.cross(None)

    def abort(self) -> None:
        """Break every session of this job at once, from any thread; what was blocked returns with an error."""
        with self._lock:
            self.aborted = True
            loans = dict(self._loans)
            self._poisoned.update(loans)
        for session, _ in loans.values():
            session.driver.abort(session.connection)

    def _begin(self, name: str, session: Session, lent: LentConnection) -> None:
        with self._lock:
            self._loans[name] = (session, lent)
            if self.aborted:  # while it was being opened
                self._poisoned.add(name)
                session.driver.abort(session.connection)

    def give_back(self, *, trusted: bool) -> None:
        """End every loan; a session is kept only if it is trusted, unpoisoned and back where it was lent."""
        for name, (session, lent) in self._loans.items():
            lent.give_back()
            if trusted and name not in self._poisoned and session.driver.at_rest(session.connection):
                self._pool.take_back(session)
            else:
                self._pool.discard(session)
        self._loans.clear()

    def translate(self, error: BaseException) -> DeviceError | None:
        """Return our error for one that a driver's library raised."""
        if isinstance(error, DeviceError):
            return error
        for driver in self._drivers.values():
            ours = driver.translate(error, self._device)
            if ours is not None:
                return ours
        return None
