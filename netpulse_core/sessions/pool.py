"""The sessions of one node: lent, taken back, and closed when they are old, idle, too many or not to be trusted."""

import logging
import threading
import time
from collections.abc import Callable, Collection
from typing import Any

from netpulse_core.errors import DeviceError, TimedOut
from netpulse_core.model.connection import ConnectionParameters
from netpulse_core.model.driver import Driver
from netpulse_core.model.session import Move, OpenSession, SessionIdentity, SessionState
from netpulse_core.sessions import moves as noted
from netpulse_core.sessions.doorman import Doorman, OpenDoor
from netpulse_core.sessions.goodbyes import Goodbyes
from netpulse_core.sessions.identity import identity
from netpulse_core.sessions.moves import Moves, Way
from netpulse_core.sessions.roster import Roster
from netpulse_core.sessions.session import Session

log = logging.getLogger(__name__)

Clock = Callable[[], float]

PROBE = 5.0
"""Seconds a device may take to show that a quiet session still lives."""

OVERTIME = 0.5
"""Seconds past its time after which a probe is broken off."""


_AT_WORK = (SessionState.EXECUTING, SessionState.CONNECTING)


class Pool:
    """Sessions by identity; durations are seconds, `clock` is monotonic seconds."""

    def __init__(
        self,
        *,
        idle_timeout: float,
        most: int,
        connect_timeout: float,
        clock: Clock,
        max_age: float = float("inf"),
        most_of_a_device: int = 4,
        probe_after: float = 60.0,
        doorman: Doorman | None = None,
    ) -> None:
        self._idle_timeout = idle_timeout
        self._connect_timeout = connect_timeout
        self._clock = clock
        self._max_age = max_age
        self._most_of_a_device = most_of_a_device
        self._probe_after = probe_after
        self.doorman = doorman or OpenDoor()
        self.moves = Moves()
        self._roster = Roster(most, self._let_go)
        self._goodbyes = Goodbyes(self._roster.gone)

    def __len__(self) -> int:
        return len(self._roster)

    def lend(
        self,
        driver: Driver,
        parameters: ConnectionParameters,
        *,
        timeout: float,
        own: bool = False,
        borrower: object = None,
    ) -> Session:
        """Return a session of exactly this identity, open; one of the borrower's `own` is new, and to be discarded.

        What opening raises is our error, caused by the library's own, or the library's own where the driver has no
        translation for it. A borrower that waits for room on the device is told TimedOut at last; see Roster.enter.
        """
        until = time.monotonic() + timeout
        wanted = identity(driver.name, parameters)
        session = None if own else self._reusable(wanted, parameters, until, borrower)
        return self._lent(session or self._opened(wanted, driver, parameters, until, borrower))

    def lend_idle(
        self, driver: Driver, parameters: ConnectionParameters, *, until: float, borrower: object = None
    ) -> Session | None:
        """Return a session of exactly this identity that nobody has, or None: nothing is opened for it."""
        session = self._reusable(identity(driver.name, parameters), parameters, until, borrower)
        return None if session is None else self._lent(session)

    def has_idle(self, device: str) -> bool:
        """Whether a device has a session that nobody has lent, under whatever identity."""
        return self._roster.has_idle(device)

    def take_back(self, session: Session) -> None:
        """Keep a session for the next borrower, unless it is too old or the pool is closed."""
        session.returned_at = self._clock()
        if self._is_too_old(session):
            self.discard(session, "too old")
        elif not self._roster.give(session):
            self.discard(session, "the worker stopped")

    def discard(self, session: Session, why: str = "not to be trusted") -> None:
        """Never lend a session again, and close it soon; its device may take seconds to hear that."""
        if self._roster.aside(session):
            self._end(session, Move.CLOSED, why)

    def sweep(self) -> int:
        """Close what has been idle for too long or is dead or too old, and return how many that were."""
        self._goodbyes.give_up()
        at = self._clock()
        closed = 0
        for session in self._roster.idle():
            if at - session.returned_at >= session.idle_timeout:
                closed += self._end_unless_lent(session, Move.IDLE_TIMEOUT, "")
            elif self._is_too_old(session):
                closed += self._end_unless_lent(session, Move.CLOSED, "too old")
            elif not _alive(session):
                closed += self._end_unless_lent(session, Move.CONNECTION_LOST, "ended while nobody used it")
        for failed in self._roster.failures():
            if time.time() - failed.way.since >= failed.idle_timeout:
                self._roster.forget(failed)
        return closed

    def drain(self) -> None:
        """Close every session that nobody has."""
        for session in self._roster.idle():
            self._end_unless_lent(session, Move.CLOSED, "drained")

    def idle_devices(self) -> set[str]:
        """Return the devices of the sessions that nobody has."""
        return {session.device for session in self._roster.idle()}

    def release(self, devices: Collection[str]) -> int:
        """Close the sessions of devices that another node owns now, as far as nobody has them; return how many."""
        idle = [session for session in self._roster.idle() if session.device in devices]
        return sum(self._end_unless_lent(session, Move.CLOSED, "another worker owns its device") for session in idle)

    def close(self) -> None:
        """Close every idle session, and break off what is still lent: its borrower was given time enough."""
        self._roster.shut()
        self.drain()
        for session in self._roster.busy():
            if session.connection is not None:
                session.break_off()
        if not self._goodbyes.wait():
            log.warning("some devices did not take leave of their sessions in time")

    def sessions(self) -> list[OpenSession]:
        """Return every session there is, and those that failed and were not opened again since."""
        return self.look()[1]

    def look(self, most: int | None = None) -> tuple[int, list[OpenSession]]:
        """Return how many those are, and at most so many of them: those at work, then those that moved last."""
        known = [(session, False) for session in (*self._roster.busy(), *self._roster.failures())]
        known += [(session, True) for session in self._roster.idle()]
        picked = known
        if most is not None and len(known) > most:
            picked = sorted(known, key=lambda one: (one[0].way.state in _AT_WORK, one[0].way.since))[-most:]
        at = self._clock()
        return len(known), [
            session.seen(max(0.0, at - session.returned_at) if idle else None) for session, idle in picked
        ]

    def _lent(self, session: Session) -> Session:
        session.uses += 1
        self.moves.count(noted.LENT)
        return session

    def _reusable(
        self, wanted: SessionIdentity, parameters: ConnectionParameters, until: float, borrower: object
    ) -> Session | None:
        while (session := self._roster.take(wanted, borrower)) is not None:
            if self._is_too_old(session):
                self.discard(session, "too old")
            elif self._is_there(session, until):
                session.idle_timeout = self._idle_timeout_of(parameters)
                self.moves.count(noted.REUSED)
                return session
        return None

    def _is_there(self, session: Session, until: float) -> bool:
        """Whether a session that is to be lent again still lives: looked at, and after a quiet time asked."""
        if not _alive(session):
            self._lose(session, "ended while nobody used it")
            return False
        if self._clock() - session.returned_at < self._probe_after:
            return True
        self.moves.count(noted.PROBED)
        try:
            _probe(session, max(0.1, min(PROBE, until - time.monotonic())))
        except Exception as error:  # noqa: BLE001  whatever a library says of a dead link, it is not to be lent
            self.moves.count(noted.DEAD)
            self._lose(session, f"gave no sign of life: {_kind(error, session.driver, session.device)}")
            return False
        return True

    def _lose(self, session: Session, why: str) -> None:
        if self._roster.aside(session):
            self._end(session, Move.CONNECTION_LOST, why)

    def _opened(
        self,
        wanted: SessionIdentity,
        driver: Driver,
        parameters: ConnectionParameters,
        until: float,
        borrower: object,
    ) -> Session:
        session = Session(
            identity=wanted,
            device=parameters.device,
            driver=driver,
            way=Way(self.moves, parameters.device, driver.name),
            idle_timeout=self._idle_timeout_of(parameters),
            borrower=borrower,
        )
        if self._roster.enter(session, parameters.limits.most or self._most_of_a_device, until):
            self.moves.count(noted.WAITED)
        failed = self._roster.way_of_the_failed(wanted)
        if failed is not None:
            session.way = failed.anew()
            session.way.go(Move.RETRY)
        session.way.go(Move.CONNECT_REQUEST)
        try:
            session.connection = self._through_the_door(driver, parameters, until)
        except BaseException as error:
            session.way.go(Move.CONNECT_FAILED, _kind(error, driver, session.device))
            self._roster.failed(session)
            self._roster.gone(session)
            raise
        session.opened_at = session.returned_at = self._clock()
        session.way.go(Move.SUCCESS)
        return session

    def _through_the_door(self, driver: Driver, parameters: ConnectionParameters, until: float) -> Any:
        with self.doorman.admit(driver.name, parameters, until=until):
            left = until - time.monotonic()
            if left <= 0:
                raise TimedOut("no time was left to open a session", device=parameters.device)
            longest = parameters.limits.connect_timeout or self._connect_timeout
            try:
                return driver.open(parameters, timeout=min(left, longest))
            except Exception as error:
                ours = driver.translate(error, parameters.device)
                if ours is None:
                    raise
                raise ours from error

    def _end_unless_lent(self, session: Session, move: Move, why: str) -> bool:
        ours = self._roster.unless_lent(session)
        if ours:
            self._end(session, move, why)
        return ours

    def _let_go(self, session: Session, why: str) -> None:
        self._end(session, Move.CLOSED, why)

    def _end(self, session: Session, move: Move, why: str) -> None:
        """Close a session that was put aside; one that executes a command, in a thread left behind, fails with it."""
        way = session.way
        if way.state is not SessionState.FAILED and not way.may(Move.COMMAND_FAILED, why):
            way.go(move, why)
        if way.state is SessionState.FAILED:
            self._roster.failed(session)
        self._goodbyes.say(session)

    def _is_too_old(self, session: Session) -> bool:
        return self._clock() - session.opened_at >= self._max_age

    def _idle_timeout_of(self, parameters: ConnectionParameters) -> float:
        return parameters.limits.idle_timeout or self._idle_timeout


def _alive(session: Session) -> bool:
    try:
        return session.driver.alive(session.connection)
    except Exception as error:  # noqa: BLE001  the plugin-call boundary: what cannot be looked at is not lent
        log.warning("a %s session could not be looked at: %s", session.driver.name, type(error).__name__)
        return False


def _probe(session: Session, seconds: float) -> None:
    # The time is the driver's to keep; one whose library does not is broken off, and the job goes on.
    watch = threading.Timer(seconds + OVERTIME, session.break_off)
    watch.daemon = True
    watch.start()
    try:
        session.driver.probe(session.connection, timeout=seconds)
    finally:
        watch.cancel()


def _kind(error: BaseException, driver: Driver, device: str) -> str:
    """Name an error by its kind alone: its words may hold anything."""
    ours = error if isinstance(error, DeviceError) else driver.translate(error, device)
    return type(ours or error).__name__
