"""The lent connection: what a task holds of a session, and the gate between the task and a change."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from netpulse_core.errors import CommandRejected, DeviceError, SessionLost
from netpulse_core.failpoints import Point, reached
from netpulse_core.model.driver import Driver
from netpulse_core.model.session import DeviceSession, Gate, Move, SessionState
from netpulse_core.sessions.sending import Sending
from netpulse_core.sessions.session import Session

log = logging.getLogger(__name__)

Baseline = Callable[[Driver, Any], str | None]
"""Read the running configuration over a connection before its first change; None where none is wanted or to be had."""


class NotLent(CommandRejected, AttributeError):
    """A task reached for a part of the session; an AttributeError too, so that `hasattr` simply says no."""


class Loan:
    """One session on loan: whether it raised while it was lent, and why the loan is over, once it is."""

    def __init__(self, session: Session, broke: Callable[[BaseException, Driver, bool], DeviceError | None]) -> None:
        self.session = session
        self._broke = broke
        self.poisoned = False
        self.changed = False
        """Whether a call that changes said, by `changed` of what it returned, that it did."""
        self.silent = False
        """Whether a call that changes said neither that it did nor that there was nothing to do."""
        self.over: DeviceError | None = None
        self._ending = threading.Lock()

    @property
    def driver(self) -> Driver:
        """The driver of the session."""
        return self.session.driver

    def recorded(self) -> DeviceSession:
        """Return what the device is asked about when somebody else has to end this session."""
        age, name = time.monotonic() - self.session.opened_at, self.driver.device_session(self.session.connection)
        return DeviceSession(driver=self.driver.name, name=name, age=age)

    def begin(self) -> None:
        """Note that a call is about to be made; raise where another is under way: their answers would mix."""
        with self._ending:
            if self.over is not None or not self.session.way.may(Move.COMMAND_REQUEST):
                raise self.over or self._not_now()

    def end(self, why: DeviceError) -> None:
        """Let no call begin from now on: the session may be another job's soon."""
        with self._ending:
            self.over = why

    def complete(self) -> None:
        """Note that the call has returned; raise where the session was taken away under it."""
        if not self.session.way.may(Move.COMMAND_COMPLETE):
            raise self.over or SessionLost("the session was taken away", device=self.session.device)

    def broke(self, error: BaseException, *, changing: bool, begun: bool) -> None:
        """Note that the session raised, in a call that may change the device or in one that reads.

        What was refused was answered, and the job may go on; after anything else an answer may still be on its way.
        """
        self.poisoned = True
        ours = self._broke(error, self.driver, changing and begun)
        answered = not begun or isinstance(ours, CommandRejected)
        why = type(self.over or ours or error).__name__
        self.session.way.may(Move.COMMAND_COMPLETE if answered else Move.COMMAND_FAILED, why)

    @property
    def spoilt(self) -> bool:
        """Whether nothing can be asked on this session any more."""
        return self.session.way.state is SessionState.FAILED

    def refuse_two_at_once(self) -> None:
        """Raise where a call is under way."""
        if self.session.way.state is SessionState.EXECUTING:
            raise self._not_now()

    def _not_now(self) -> DeviceError:
        if self.session.way.state is SessionState.EXECUTING:
            return CommandRejected(
                "nothing was sent: another call is under way on this session",
                device=self.session.device,
                hint="a runbook's threads cannot share one connection",
            )
        return SessionLost("nothing was sent: an earlier call has spoilt this session", device=self.session.device)

    @property
    def sound(self) -> bool:
        """Whether the session may be lent again: it never raised, and it is where it was when it was lent."""
        try:
            unspoilt = not self.poisoned and self.session.way.state is SessionState.CONNECTED
            return unspoilt and self.driver.at_rest(self.session.connection)
        except Exception as error:  # noqa: BLE001  the plugin-call boundary: a driver must not fail a finished job
            log.warning("a %s session could not be looked at: %s", self.driver.name, type(error).__name__)
            return False


class LentConnection:
    """Passes reads through, and every other call only once the gate has let it.

    What the driver has not declared as reading counts as changing. After any exception of the session it is poisoned:
    a late answer would be the next command's.
    """

    __slots__ = ("_baseline", "_device", "_gate", "_label", "_loan", "_platform", "_sending")

    def __init__(
        self,
        loan: Loan,
        *,
        device: str,
        platform: str | None,
        gate: Gate,
        baseline: Baseline | None = None,
        label: str = "",
        sending: Sending | None = None,
    ) -> None:
        object.__setattr__(self, "_label", label)
        object.__setattr__(self, "_sending", sending)
        object.__setattr__(self, "_baseline", baseline)
        object.__setattr__(self, "_loan", loan)
        object.__setattr__(self, "_device", device)
        object.__setattr__(self, "_platform", platform)
        object.__setattr__(self, "_gate", gate)

    def __repr__(self) -> str:
        return f"<{self._loan.driver.name} connection to {self._device}, lent>"

    def __setattr__(self, name: str, value: Any) -> None:
        raise NotLent(
            f"{name!r} of a lent connection cannot be set: the next borrower would inherit it", device=self._device
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        found = getattr(self._loan.session.connection, name)
        if not callable(found):
            if name in getattr(self._loan.driver, "inert", ()):  # a driver of one's own need not be a subclass
                return found
            raise NotLent(
                f"{name!r} is not for a task to see: a change could pass there unseen",
                device=self._device,
                hint=f"use the methods of the {self._loan.driver.name} connection",
            )

        def call(*args: Any, **kwargs: Any) -> Any:
            changing = self._admit(name, args, kwargs)
            self._loan.begin()
            try:
                answer = found(*args, **self._given(name, args, kwargs, changing))
            except BaseException as error:
                begun = error.__traceback__ is not None and error.__traceback__.tb_next is not None
                self._loan.broke(error, changing=changing, begun=begun)  # not begun: the arguments did not fit
                self._loan.silent = self._loan.silent or (changing and begun)
                raise
            if changing:
                reached(Point.SENT)
                said = getattr(answer, "changed", None)
                self._loan.changed = self._loan.changed or said is True
                self._loan.silent = self._loan.silent or not isinstance(said, bool)
            self._loan.complete()
            return answer

        call.__name__ = name
        return call

    def netpulse_judge(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Hold a call that is yet to come to the run's command rules.

        Who sends several calls for one block asks of all first: after a refused one, nothing of the block was sent.
        """
        if self._sending is not None:
            self._sending.admit(self._loan.driver, self._platform, name, args, kwargs)

    def _given(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], changing: bool) -> Mapping[str, Any]:
        """Return the keyword arguments a call is made with."""
        driver = self._loan.driver
        given: Mapping[str, Any] = driver.prepared(self._platform, name, kwargs)
        labelled = getattr(driver, "labelled", None)  # a driver of one's own need not be a subclass
        if not changing or not self._label or labelled is None:
            return given
        made: Mapping[str, Any] = labelled(self._platform, name, args, given, self._label)
        return made

    def _admit(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Return whether an admitted call may change the device; then the point of no return is committed."""
        if self._loan.over is not None:
            raise self._loan.over
        self._loan.refuse_two_at_once()
        if self._sending is not None:
            self._sending.admit(self._loan.driver, self._platform, name, args, kwargs)
        why = self._why_it_may_change(name, args, kwargs)
        if not why:
            return False
        if not self._gate.open_for_changes:
            raise CommandRejected(
                f"not sent: {why}, and this runbook only reads",
                device=self._device,
                hint="use a runbook that changes, such as send_config, or mark yours with changes=True",
            )
        driver, connection = self._loan.driver, self._loan.session.connection
        if not driver.alive(connection):
            # Looked at before the gate: crossed first, a change of which nothing was sent would be in doubt.
            raise SessionLost(f"nothing was sent: the session had ended before {name}()", device=self._device)
        before = self._before()  # which may take a minute, and the session's age is as of the crossing
        self._gate.cross(self._loan.recorded(), before)
        return True

    def _before(self) -> str | None:
        """Return the configuration before the first change, read on this session while it holds the device."""
        if self._baseline is None:
            return None
        self._loan.begin()
        try:
            read: str | None = self._baseline(self._loan.driver, self._loan.session.connection)
        except BaseException as error:
            self._loan.broke(error, changing=False, begun=True)
            raise
        self._loan.complete()
        return read

    def _why_it_may_change(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        driver = self._loan.driver
        if name in driver.reads:
            return ""
        if name not in driver.commands:
            return f"{name}() may change the device"
        lines = driver.lines(name, args, kwargs)
        whole = getattr(driver, "whole", None)  # a driver of one's own need not be a subclass
        if whole is not None:
            lines = tuple(whole(self._loan.session.connection, line) for line in lines)
        changing = next((line for line in lines if not driver.is_read(self._platform, line)), None)
        return "" if changing is None else f"{changing!r} is not known to only read on this platform"
