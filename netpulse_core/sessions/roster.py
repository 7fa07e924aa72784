"""Which sessions there are and may be, of each device and in all; nothing here waits for a device's answer."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from netpulse_core.errors import Refused, SessionLost, TimedOut
from netpulse_core.model.session import SessionIdentity
from netpulse_core.sessions.moves import Way
from netpulse_core.sessions.session import Session

IN_TIME = 0.5
"""Seconds before its deadline that a borrower stops waiting: a session opened later would be of no use."""

FAILURES = 1000
"""Sessions that failed and were not opened anew since, kept to be looked at."""

Close = Callable[[Session, str], None]
"""Close a session that was put aside, and say why; must not wait."""


@dataclass(slots=True)
class _Device:
    """The sessions of one device."""

    busy: set[Session] = field(default_factory=set)
    idle: dict[Session, None] = field(default_factory=dict)
    closing: set[Session] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.busy) + len(self.idle) + len(self.closing)


class Roster:
    """Sessions that are busy (lent or being opened), idle in the order they were used, or saying goodbye.

    `most` bounds busy and idle ones together: what was used longest ago goes first, a busy one never.
    """

    def __init__(self, most: int, close: Close) -> None:
        self._most = most
        self._close = close
        self._changed = threading.Condition(threading.Lock())
        self._waiting = 0
        self._busy: set[Session] = set()
        self._idle: OrderedDict[Session, None] = OrderedDict()
        self._same: dict[SessionIdentity, list[Session]] = {}
        self._devices: dict[str, _Device] = {}
        self._failed: OrderedDict[SessionIdentity, Session] = OrderedDict()
        self._shut = False

    def __len__(self) -> int:
        with self._changed:
            return len(self._busy) + len(self._idle)

    def take(self, wanted: SessionIdentity, borrower: object) -> Session | None:
        """Make the idle session of this identity that was used last busy, and return it."""
        with self._changed:
            same = self._same.get(wanted)
            if not same:
                return None
            session = same[-1]
            self._off(session)
            self._lend(session, borrower)
            return session

    def enter(self, session: Session, most: int, until: float) -> bool:
        """Count a session that is to be opened, once its device has room for it; return whether that took waiting.

        Idle sessions of the device are closed to make room. Raises TimedOut where none comes free before `until`
        (monotonic seconds), and Refused where none ever can, because the borrower itself has them all.
        """
        waited = False
        with self._changed:
            while not self._room(session.device, most):
                self._refuse_the_hopeless(session, most)
                left = until - IN_TIME - time.monotonic()
                if left <= 0:
                    raise TimedOut(
                        f"no session came free in time: the {most} it may have at once are in use",
                        device=session.device,
                        hint="`netpulse sessions` shows them; `max_sessions_per_device` is how many there may be",
                    )
                waited = True
                self._waiting += 1
                self._changed.wait(left)
                self._waiting -= 1
            self._lend(session, session.borrower)
            self._trim()
        return waited

    def give(self, session: Session) -> bool:
        """Make a lent session idle; False where nothing is kept any more."""
        with self._changed:
            if self._shut:
                return False
            device = self._devices[session.device]
            self._busy.discard(session)
            device.busy.discard(session)
            session.borrower = None
            self._idle[session] = device.idle[session] = None
            self._same.setdefault(session.identity, []).append(session)
            self._trim()
            self._tell()
            return True

    def aside(self, session: Session) -> bool:
        """Put a session aside that is to be closed; False where it already was. It still takes up its device's room."""
        with self._changed:
            return self._aside(session)

    def unless_lent(self, session: Session) -> bool:
        """Put an idle session aside that is to be closed; False where somebody took it meanwhile."""
        with self._changed:
            return session in self._idle and self._aside(session)

    def gone(self, session: Session) -> None:
        """Count a session no more."""
        with self._changed:
            self._busy.discard(session)
            device = self._devices.get(session.device)
            if device is not None:
                device.busy.discard(session)
                device.closing.discard(session)
                if not device:
                    del self._devices[session.device]
            self._tell()

    def idle(self) -> list[Session]:
        """Return what nobody has, used longest ago first."""
        with self._changed:
            return list(self._idle)

    def has_idle(self, name: str) -> bool:
        """Whether nobody has some session of this device."""
        with self._changed:
            device = self._devices.get(name)
            return device is not None and bool(device.idle)

    def busy(self) -> list[Session]:
        """Return what is lent or being opened."""
        with self._changed:
            return list(self._busy)

    def shut(self) -> None:
        """Keep nothing from now on, and let nobody wait."""
        with self._changed:
            self._shut = True
            self._changed.notify_all()

    def failed(self, session: Session) -> None:
        """Remember a session that failed, until one of its identity is opened again."""
        kept = replace(session, connection=None, borrower=None)
        with self._changed:
            self._failed[session.identity] = kept
            self._failed.move_to_end(session.identity)
            while len(self._failed) > FAILURES:
                self._failed.popitem(last=False)

    def failures(self) -> list[Session]:
        """Return what failed and was not opened again since."""
        with self._changed:
            return list(self._failed.values())

    def forget(self, session: Session) -> None:
        """Forget a failure."""
        with self._changed:
            if self._failed.get(session.identity) is session:
                del self._failed[session.identity]

    def way_of_the_failed(self, identity: SessionIdentity) -> Way | None:
        """Return the way of the session of this identity that failed last, to go on with it."""
        with self._changed:
            failed = self._failed.pop(identity, None)
            return None if failed is None else failed.way

    def _room(self, name: str, most: int) -> bool:
        if self._shut:
            raise SessionLost("this worker is stopping, and opens no session", device=name)
        device = self._devices.get(name)
        if device is None or len(device) < most:
            return True
        while device.idle and len(device) - len(device.closing) >= most:
            oldest = next(iter(device.idle))
            self._aside(oldest)
            self._close(oldest, "to make room on its device")
        return len(device) < most

    def _refuse_the_hopeless(self, session: Session, most: int) -> None:
        device = self._devices[session.device]
        own = [one for one in device.busy if session.borrower is not None and one.borrower is session.borrower]
        if len(own) >= most:
            raise Refused(
                f"{session.device}: this job already has the {most} sessions that the device may have at once",
                hint="let its inventory say `netpulse_max_sessions`, or raise `max_sessions_per_device`",
            )

    def _trim(self) -> None:
        while self._idle and len(self._busy) + len(self._idle) > self._most:
            oldest = next(iter(self._idle))
            self._aside(oldest)
            self._close(oldest, "one too many, and used longest ago")

    def _lend(self, session: Session, borrower: object) -> None:
        session.borrower = borrower
        self._busy.add(session)
        self._devices.setdefault(session.device, _Device()).busy.add(session)

    def _aside(self, session: Session) -> bool:
        device = self._devices.get(session.device)
        if device is None or session in device.closing:
            return False
        if session in self._idle:
            self._off(session)
        elif session in self._busy:
            self._busy.discard(session)
            device.busy.discard(session)
        else:
            return False
        device.closing.add(session)
        self._tell()
        return True

    def _off(self, session: Session) -> None:
        del self._idle[session]
        del self._devices[session.device].idle[session]
        same = self._same[session.identity]
        same.remove(session)
        if not same:
            del self._same[session.identity]

    def _tell(self) -> None:
        if self._waiting:
            self._changed.notify_all()
