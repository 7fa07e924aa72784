"""What one job borrows: it opens nothing itself, and gives everything back when the job ends."""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from netpulse_core.errors import CommandRejected, DeviceError, NetPulseError, Refused, SessionLost, TimedOut
from netpulse_core.model.connection import ConnectionParameters
from netpulse_core.model.driver import Driver
from netpulse_core.model.session import DeviceSession, Gate
from netpulse_core.sessions.lent import Baseline, LentConnection, Loan
from netpulse_core.sessions.pool import Pool
from netpulse_core.sessions.raised import Raised
from netpulse_core.sessions.sending import Sending
from netpulse_core.sessions.session import Session

Parameters = Callable[[str], ConnectionParameters]
"""Give connection parameters, secrets resolved, for a connection name."""


class Lending(Protocol):
    """Opens sessions of one device, with whichever of its credentials it takes."""

    def lend(
        self, driver: Driver, *, timeout: float, own: bool, borrower: object
    ) -> tuple[Session, ConnectionParameters]:
        """Return an open session, and how it was opened."""


class Lender:
    """Lends the sessions of one device to one job; used by the job's threads, aborted from any other.

    `until` is monotonic seconds: no session takes longer to open than the job has. `own_session` says that the job
    gets sessions opened for it, which nobody gets after it. `only` names the connections the job may ask for; empty is
    any. `baseline` is asked before each change. `label` is what devices keep beside its commits. `sending` holds every
    line to the run's command rules; None where it has none. `lending` opens the sessions, where the device has several
    credentials; without it, they are opened as `parameters` say.
    """

    def __init__(
        self,
        pool: Pool,
        drivers: Mapping[str, Driver],
        *,
        device: str,
        parameters: Parameters,
        gate: Gate,
        until: float,
        own_session: bool = False,
        only: Collection[str] = (),
        baseline: Baseline | None = None,
        label: str = "",
        sending: Sending | None = None,
        lending: Lending | None = None,
    ) -> None:
        self._pool = pool
        self._drivers = drivers
        self._device = device
        self.parameters = parameters
        self._gate = gate
        self._until = until
        self._only = only
        self._own = own_session
        self._baseline = baseline
        self._label = label
        self._sending = sending
        self._lending = lending
        self._borrowing = threading.Lock()
        self._lock = threading.Lock()
        self._loans: dict[str, tuple[Loan, LentConnection]] = {}
        self._raised = Raised(device, drivers)
        self._over: DeviceError | None = None
        self._changed = self._silent = False
        self.aborted = False
        """Whether the job was broken off."""
        self.reused: bool | None = None
        """Whether the first session lent had been used before; None while none was lent."""

    @property
    def changed(self) -> bool:
        """Whether a call on one of this job's sessions said that it changed the device."""
        return self._changed or any(loan.changed for loan, _ in list(self._loans.values()))

    @property
    def silent(self) -> bool:
        """Whether a call that changes said nothing of what it did; one of no driver of ours never does."""
        loans = list(self._loans.values())
        return self._silent or self._raised.beside or any(loan.silent for loan, _ in loans)

    @property
    def doubt(self) -> BaseException | None:
        """What broke off a call that changes; nobody knows how far it came."""
        return self._raised.doubt

    def knows(self, name: str) -> bool:
        """Whether a driver of ours answers to this connection name."""
        return name in self._drivers

    def connection(self, name: str) -> LentConnection:
        """Return the job's connection of this name, borrowing it at the first call.

        One that a call has spoilt is replaced, unless that call may have changed the device.
        """
        with self._borrowing:
            if self._over is not None:
                raise self._over
            self._admit(name)
            if name in self._loans and self.doubt is None:
                self._replace_the_spoilt(name)
            if name not in self._loans:
                self._borrow(name)
            return self._loans[name][1]

    def admit_undeclared(self, name: str) -> None:
        """Let a connection that no driver of ours declares be opened: it may change whatever it likes."""
        if self._over is not None:
            raise self._over
        self._admit(name)
        if self._sending is not None:
            self._sending.admit_undeclared(name)
        if not self._gate.open_for_changes:
            raise CommandRejected(
                f"connection {name!r} declares nothing, so it may change the device, and this runbook only reads",
                device=self._device,
                hint=f"known drivers are {', '.join(sorted(self._drivers))}",
            )
        self._gate.cross(DeviceSession(driver=name, name=None, age=0.0))
        self._raised.beside = True

    def abort(self, why: DeviceError | None = None) -> None:
        """Break every session of this job at once, from any thread; what was blocked returns with an error.

        `why` is what a task is told that asks for more; by itself, that the job ran out of time.
        """
        with self._lock:
            if self._over is not None:
                return  # given back: its sessions may be another job's by now
            self.aborted = True
            self._end(why or TimedOut("the job ran out of time", device=self._device))
            loans = [loan for loan, _ in self._loans.values()]
        for loan in loans:
            loan.session.break_off()

    def give_back(self, *, trusted: bool) -> None:
        """End every loan; a session is kept only if it is trusted, never raised, and is back where it was lent."""
        with self._lock:
            if self._over is None:
                self._end(CommandRejected("this was called after the job had ended", device=self._device))
            loans = [loan for loan, _ in self._loans.values()]
        for loan in loans:
            why = self._why_not_again(loan, trusted)
            if why:
                self._pool.discard(loan.session, why)
            else:
                self._pool.take_back(loan.session)

    def translate(self, error: BaseException) -> DeviceError | None:
        """Return our error where a session of this job raised it, or one it comes from."""
        return self._raised.translate(error)

    def _admit(self, name: str) -> None:
        if self._only and name not in self._only:
            raise Refused(
                f"{self._device}: nothing was sent over {name!r}: "
                f"the runbook says that it uses {', '.join(self._only)}",
                hint=f'name it there too, `@runbook(drivers=(..., "{name}"))`, or let the runbook ask for another',
            )

    def _replace_the_spoilt(self, name: str) -> None:
        loan, _ = self._loans[name]
        if not loan.spoilt:
            return
        with self._lock:
            if self._over is not None:
                raise self._over
            self._changed = self._changed or loan.changed
            self._silent = self._silent or loan.silent
            del self._loans[name]
            loan.end(SessionLost("an earlier call has spoilt this session", device=self._device))
        self._pool.discard(loan.session, "spoilt")

    def _why_not_again(self, loan: Loan, trusted: bool) -> str:
        if self.aborted:
            return "the job was broken off"
        if self._own:
            return "the job's own"
        return "" if trusted and loan.sound else "not as it was lent"

    def _borrow(self, name: str) -> None:
        driver = self._drivers[name]
        try:
            session, parameters = self._lent(driver)
        except BaseException as error:
            if isinstance(error, DeviceError) or not isinstance(error, NetPulseError):  # a secret, say, is no driver's
                self._raised.note(error, driver, False)
            raise
        loan = Loan(session, self._raised.note)
        lent = LentConnection(
            loan,
            device=self._device,
            platform=parameters.platform,
            gate=self._gate,
            baseline=self._baseline,
            label=self._label,
            sending=self._sending,
        )
        if self.reused is None:
            self.reused = session.reused
        with self._lock:
            if self._over is None:
                self._loans[name] = loan, lent
                return
        self._pool.discard(session)  # the time was over while it was being opened
        raise self._over

    def _lent(self, driver: Driver) -> tuple[Session, ConnectionParameters]:
        left = self._until - time.monotonic()
        if self._lending is not None:
            return self._lending.lend(driver, timeout=left, own=self._own, borrower=self)
        parameters = self.parameters(driver.name)
        return self._pool.lend(driver, parameters, timeout=left, own=self._own, borrower=self), parameters

    def _end(self, why: DeviceError) -> None:
        self._over = why
        for loan, _ in self._loans.values():
            loan.end(why)
