"""Saying goodbye to devices beside everything else: one may take seconds to hear it."""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable

from netpulse_core.sessions.session import Session

log = logging.getLogger(__name__)

CLOSERS = 32
"""Threads that say goodbye at once."""

LONGEST = 10.0
"""Seconds after which a goodbye is no longer waited for."""


class Goodbyes:
    """Closes sessions one after the other on a few threads, which end when there is nothing left to close."""

    def __init__(self, closed: Callable[[Session], None]) -> None:
        self._closed = closed
        self._changed = threading.Condition()
        self._waiting: deque[Session] = deque()
        self._under_way: dict[Session, float] = {}
        self._closers = 0

    def say(self, session: Session) -> None:
        """Close a session soon; returns at once."""
        with self._changed:
            self._waiting.append(session)
            if self._closers >= CLOSERS:
                return
            self._closers += 1
        try:
            threading.Thread(target=self._close, name="closing", daemon=True).start()
        except RuntimeError as error:
            # The machine has no thread left, or the interpreter ends: the next closer takes it along, or who waits.
            log.info("sessions are not closed yet for want of a thread: %s", error)
            with self._changed:
                self._closers -= 1

    def wait(self, seconds: float = LONGEST) -> bool:
        """Wait until every session is closed, or close them where no thread does; False where that took too long."""
        until = time.monotonic() + seconds
        with self._changed:
            alone = bool(self._waiting) and not self._closers
            self._closers += alone
        if alone:
            self._close(until)
        with self._changed:
            over = self._changed.wait_for(lambda: not self._closers, max(0.0, until - time.monotonic()))
            return over and not self._waiting

    def give_up(self) -> None:
        """Break off goodbyes that take too long, so that they hold up nobody who waits for the device."""
        with self._changed:
            late = [session for session, began in self._under_way.items() if time.monotonic() - began > LONGEST]
            for session in late:
                del self._under_way[session]
        for session in late:
            log.warning("%s did not take leave of a %s session", session.device, session.driver.name)
            session.break_off()
            self._closed(session)

    def _close(self, until: float = math.inf) -> None:
        while (session := self._next(until)) is not None:
            try:
                session.driver.close(session.connection)
            except Exception as error:  # noqa: BLE001  the plugin-call boundary: what is thrown away fails nobody
                log.warning("a %s session did not close: %s", session.driver.name, type(error).__name__)
            with self._changed:
                self._under_way.pop(session, None)
            self._closed(session)

    def _next(self, until: float) -> Session | None:
        with self._changed:
            if not self._waiting or time.monotonic() >= until:
                self._closers -= 1
                self._changed.notify_all()
                return None
            session = self._waiting.popleft()
            self._under_way[session] = time.monotonic()
            return session
