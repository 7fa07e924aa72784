"""The sessions of one node: lent, taken back, and closed when they are old, idle, too many or not to be trusted."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from netpulse_core.errors import TimedOut
from netpulse_core.model.connection import ConnectionParameters
from netpulse_core.model.driver import Driver
from netpulse_core.model.session import SessionIdentity
from netpulse_core.sessions.doorman import Doorman, OpenDoor
from netpulse_core.sessions.identity import identity

log = logging.getLogger(__name__)

Clock = Callable[[], float]

CLOSERS = 32
"""Threads that say goodbye at once: a device may take seconds to hear it."""


@dataclass(slots=True, eq=False)
class Session:
    """One open connection; while it is lent, only its borrower touches it."""

    identity: SessionIdentity
    driver: Driver
    connection: Any
    returned_at: float
    uses: int = 0

    @property
    def reused(self) -> bool:
        """Whether somebody used it before the present borrower."""
        return self.uses > 1


class Pool:
    """Sessions by identity; `clock` is monotonic seconds."""

    def __init__(
        self,
        *,
        idle_timeout: float,
        most: int,
        connect_timeout: float,
        clock: Clock,
        doorman: Doorman | None = None,
    ) -> None:
        self._idle_timeout = idle_timeout
        self._most = most
        self._connect_timeout = connect_timeout
        self._clock = clock
        self._doorman = doorman or OpenDoor()
        self._lock = threading.Lock()
        self._idle: OrderedDict[SessionIdentity, list[Session]] = OrderedDict()
        self._lent: set[Session] = set()
        self._opening = 0
        self._closed = False

    def __len__(self) -> int:
        with self._lock:
            return self._count()

    def lend(self, driver: Driver, parameters: ConnectionParameters, *, timeout: float, own: bool = False) -> Session:
        """Return a session of exactly this identity, open; one of the borrower's `own` is new, and to be discarded.

        What opening raises is our error, caused by the library's own, or the library's own where the driver has no
        translation for it.
        """
        until = time.monotonic() + timeout
        wanted = identity(driver.name, parameters)
        while not own and (session := self._take(wanted)) is not None:
            if _alive(session):
                session.uses += 1
                return session
            self.discard(session)
        self._reserve()
        try:
            connection = self._opened(driver, parameters, until)
        except BaseException:
            with self._lock:
                self._opening -= 1
            raise
        session = Session(wanted, driver, connection, returned_at=self._clock(), uses=1)
        with self._lock:
            self._opening -= 1
            self._lent.add(session)
        return session

    def _opened(self, driver: Driver, parameters: ConnectionParameters, until: float) -> Any:
        with self._doorman.admit(driver.name, parameters, until=until):
            left = until - time.monotonic()
            if left <= 0:
                raise TimedOut("no time was left to open a session", device=parameters.device)
            try:
                return driver.open(parameters, timeout=min(left, self._connect_timeout))
            except Exception as error:
                ours = driver.translate(error, parameters.device)
                if ours is None:
                    raise
                raise ours from error

    def take_back(self, session: Session) -> None:
        """Keep a session for the next borrower; once the pool is closed there is none."""
        session.returned_at = self._clock()
        with self._lock:
            if not self._closed:
                self._lent.discard(session)
                self._idle.setdefault(session.identity, []).append(session)
                self._idle.move_to_end(session.identity)
                return
        self.discard(session)

    def discard(self, session: Session) -> None:
        """Close a session that is never to be lent again."""
        with self._lock:
            self._lent.discard(session)
        try:
            session.driver.close(session.connection)
        except Exception as error:  # noqa: BLE001  the plugin-call boundary: what is thrown away fails nobody
            log.warning("a %s session did not close: %s", session.driver.name, type(error).__name__)

    def sweep(self) -> int:
        """Close what has been idle for too long and return how many that were; takes as long as the goodbyes do."""
        at = self._clock()
        with self._lock:
            old = [
                session
                for sessions in self._idle.values()
                for session in sessions
                if at - session.returned_at >= self._idle_timeout
            ]
            for session in old:
                self._forget(session)
        self._discard_all(old)
        return len(old)

    def close(self) -> None:
        """Close every idle session, and break off what is still lent: its borrower was given time enough."""
        with self._lock:
            self._closed = True
            idle = [session for sessions in self._idle.values() for session in sessions]
            self._idle.clear()
            lent = list(self._lent)
        self._discard_all(idle)
        for session in lent:
            session.driver.abort(session.connection)

    def _discard_all(self, sessions: Iterable[Session]) -> None:
        """Close them beside each other: one by one, a thousand goodbyes take minutes."""
        if sessions := list(sessions):
            with ThreadPoolExecutor(min(CLOSERS, len(sessions)), thread_name_prefix="closing") as closers:
                list(closers.map(self.discard, sessions))

    def _take(self, wanted: SessionIdentity) -> Session | None:
        with self._lock:
            sessions = self._idle.get(wanted)
            if not sessions:
                return None
            session = sessions[-1]
            self._forget(session)
            self._lent.add(session)
            return session

    def _reserve(self) -> None:
        """Make room for one more: close what was used longest ago where there are too many; never a lent one."""
        surplus = []
        with self._lock:
            self._opening += 1
            while self._idle and self._count() > self._most:
                oldest = next(iter(self._idle.values()))[0]
                self._forget(oldest)
                surplus.append(oldest)
        for session in surplus:
            self.discard(session)

    def _count(self) -> int:
        return len(self._lent) + self._opening + sum(map(len, self._idle.values()))

    def _forget(self, session: Session) -> None:
        sessions = self._idle[session.identity]
        sessions.remove(session)
        if not sessions:
            del self._idle[session.identity]


def _alive(session: Session) -> bool:
    try:
        return session.driver.alive(session.connection)
    except Exception as error:  # noqa: BLE001  the plugin-call boundary: what cannot be looked at is not lent
        log.warning("a %s session could not be looked at: %s", session.driver.name, type(error).__name__)
        return False
