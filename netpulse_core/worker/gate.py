"""The gate of a claimed job: crossing it commits the point of no return in the ledger."""

import threading

from netpulse_core.errors import CommandRejected, Refused, ServiceError
from netpulse_core.ledger.claims import Claims
from netpulse_core.model.run import Claim


class LedgerGate:
    """Lets a change through once the ledger says so; crossed once, it stays open for the rest of the job."""

    def __init__(self, claims: Claims, claim: Claim, node: str) -> None:
        self._claims = claims
        self._claim = claim
        self._node = node
        self._lock = threading.Lock()
        self._closed = ""
        self.crossed = False
        self.lost = False

    @property
    def open_for_changes(self) -> bool:
        """Whether this job may change its device at all."""
        return self._claim.changes

    def cross(self, device_session: str | None) -> None:
        """Commit the point of no return, or raise: then nothing may be sent."""
        with self._lock:
            if self._closed:
                raise CommandRejected(self._closed, device=self._claim.device)
            if self.crossed:
                return
            try:
                self._claims.cross(self._claim, self._node, device_session)
            except ServiceError as error:
                # Whether the ledger says `pushing` now is not known; that nothing was sent is.
                self._closed, self.lost = str(error), True
                raise
            except Refused as error:
                self._closed = str(error)
                raise
            self.crossed = True

    def close(self, why: str) -> None:
        """Let nothing through from now on that has not passed yet: the node's lease is over."""
        with self._lock:
            if not self.crossed:
                self._closed = why
