"""The sessions of one node: lent, taken back, and closed when they are old, idle, too many or not to be trusted."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from netpulse_core.model.session import ConnectionParameters, Driver, SessionIdentity
from netpulse_core.sessions.identity import identity

log = logging.getLogger(__name__)

Clock = Callable[[], float]


@dataclass(slots=True, eq=False)
class Session:
    """One open connection; while it is lent, only its borrower touches it."""

    identity: SessionIdentity
    driver: Driver
    connection: Any
    opened_at: float
    returned_at: float
    uses: int = 0

    @property
    def reused(self) -> bool:
        """Whether somebody used it before the present borrower."""
        return self.uses > 1


class Pool:
    """Sessions by identity; `clock` is monotonic seconds."""

    def __init__(self, *, idle_timeout: float, most: int, connect_timeout: float, clock: Clock) -> None:
        self._idle_timeout = idle_timeout
        self._most = most
        self._connect_timeout = connect_timeout
        self._clock = clock
        self._lock = threading.Lock()
        self._idle: OrderedDict[SessionIdentity, list[Session]] = OrderedDict()
        self._lent: set[Session] = set()

    def __len__(self) -> int:
        with self._lock:
            return len(self._lent) + sum(len(sessions) for sessions in self._idle.values())

    def lend(self, driver: Driver, parameters: ConnectionParameters) -> Session:
        """Return a session of exactly this identity, open; errors of opening are the library's own."""
        wanted = identity(driver.name, parameters)
        while (session := self._take(wanted)) is not None:
            if driver.alive(session.connection):
                session.uses += 1
                return session
            self.discard(session)
        self._make_room()
        connection = driver.open(parameters, timeout=self._connect_timeout)
        at = self._clock()
        session = Session(wanted, driver, connection, opened_at=at, returned_at=at, uses=1)
        with self._lock:
            self._lent.add(session)
        return session

    def take_back(self, session: Session) -> None:
        """Keep a session for the next borrower."""
        session.returned_at = self._clock()
        with self._lock:
            self._lent.discard(session)
            self._idle.setdefault(session.identity, []).append(session)
            self._idle.move_to_end(session.identity)

    def discard(self, session: Session) -> None:
        """Close a session that is never to be lent again."""
        with self._lock:
            self._lent.discard(session)
        session.driver.close(session.connection)

    def sweep(self) -> int:
        """Close what has been idle for too long and return how many that were."""
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
        for session in old:
            self.discard(session)
        return len(old)

    def close(self) -> None:
        """Close every idle session; lent ones are their borrowers' to give back."""
        with self._lock:
            idle = [session for sessions in self._idle.values() for session in sessions]
            self._idle.clear()
        for session in idle:
            self.discard(session)

    def _take(self, wanted: SessionIdentity) -> Session | None:
        with self._lock:
            sessions = self._idle.get(wanted)
            if not sessions:
                return None
            session = sessions[-1]
            self._forget(session)
            self._lent.add(session)
            return session

    def _make_room(self) -> None:
        """Close the idle session used longest ago where there are as many as may be; busy ones are never closed."""
        with self._lock:
            if len(self._lent) + sum(map(len, self._idle.values())) < self._most or not self._idle:
                return
            oldest = next(iter(self._idle.values()))[0]
            self._forget(oldest)
        self.discard(oldest)

    def _forget(self, session: Session) -> None:
        sessions = self._idle[session.identity]
        sessions.remove(session)
        if not sessions:
            del self._idle[session.identity]
