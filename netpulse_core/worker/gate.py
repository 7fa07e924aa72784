"""The gate of a claimed job: crossing it commits the point of no return in the ledger."""

import threading

from netpulse_core.errors import Conflict, NetPulseError, Refused, ServiceError, SessionLost
from netpulse_core.failpoints import Point, reached
from netpulse_core.lease import uptime
from netpulse_core.ledger.claims import Claims
from netpulse_core.model.run import Claim
from netpulse_core.model.session import DeviceSession


class Overtime:
    """Ends a change that crossed the gate once its time is over, however long its machine was suspended meanwhile.

    Somebody else judges the device from then on, and another change of it may have begun. A driver without sessions
    has nothing that could be ended for that, so that each of its requests is held back here.
    """

    def __init__(self, claim: Claim) -> None:
        self._until = uptime() + claim.timeout
        self._device = claim.device

    def refuse(self) -> None:
        """Raise SessionLost where nothing may be sent any more."""
        if uptime() >= self._until:
            raise SessionLost("nothing more was sent: the time of this change was over", device=self._device)


class LedgerGate:
    """Lets a change through once the ledger says so; crossed once, it stays open for the time the job has."""

    def __init__(self, claims: Claims, claim: Claim, node: str) -> None:
        self._claims = claims
        self._claim = claim
        self._node = node
        self._lock = threading.Lock()
        self._closed: NetPulseError | None = None
        self._recorded: set[tuple[str, str | None]] = set()
        self._overtime = Overtime(claim)
        self.crossed = False
        self.lost = False
        self.refusal: NetPulseError | None = None

    @property
    def open_for_changes(self) -> bool:
        """Whether this job may change its device at all."""
        return self._claim.changes

    def cross(self, session: DeviceSession, baseline: str | None = None) -> None:
        """Commit the point of no return, or raise: then nothing may be sent, however often it is asked.

        Whoever judges the change later must end every session that may still bring a line of it: a further one is
        recorded too, before its first byte.
        """
        with self._lock:
            if self._closed is not None:
                self.refusal = self._closed
                raise self._closed
            on = session.driver, session.name
            if self.crossed:
                self._also(on, session)
                return
            self._overtime = Overtime(self._claim)
            try:
                self._claims.cross(self._claim, self._node, session, baseline)
            except Refused as error:
                self._closed = self.refusal = error
                raise
            except BaseException as error:
                # Whether the ledger says `pushing` now is not known; that nothing was sent is.
                self.lost = True
                self._closed = self.refusal = error if isinstance(error, ServiceError) else ServiceError(str(error))
                raise
            self.crossed = True
            self._recorded.add(on)
            reached(Point.CROSSED)

    def _also(self, on: tuple[str, str | None], session: DeviceSession) -> None:
        try:
            self._overtime.refuse()
            if on in self._recorded:
                return
            self._claims.also_on(self._claim, session)
        except NetPulseError as error:  # nothing was sent on it, whatever the runbook makes of that
            self.refusal = error
            raise
        self._recorded.add(on)

    def close(self, why: str, kind: type[Conflict] = Conflict) -> bool:
        """Let nothing through from now on that has not passed yet; False says that it has passed."""
        with self._lock:
            if not self.crossed and self._closed is None:
                self._closed = kind(f"{self._claim.device}: {why} before the change began")
            return not self.crossed
