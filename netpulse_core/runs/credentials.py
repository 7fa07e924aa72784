"""The credentials one job may log in to its device with: where they come from, and how they are tried."""

import time
from collections.abc import Callable, Sequence

from netpulse_core.model.connection import ConnectionParameters
from netpulse_core.model.driver import Driver
from netpulse_core.sessions.candidates import Candidate
from netpulse_core.sessions.session import Session
from netpulse_core.sessions.trying import Borrowing, Trying

Candidates = Callable[[str, bool], Sequence[Candidate]]
"""Give the candidates for a connection name, and whether the job is in its change."""


class Credentials:
    """Lends sessions of one device, opened with the first of its candidates that it takes."""

    def __init__(self, candidates: Candidates, trying: Trying, in_change: Callable[[], bool] = lambda: False) -> None:
        self._candidates, self._trying, self._in_change = candidates, trying, in_change

    def parameters(self, connection: str) -> ConnectionParameters:
        """Return where to connect and as whom: as this job was let in, or as the device took it last."""
        return self._trying.likely(connection, self._candidates(connection, self._in_change()))

    def lend(
        self, driver: Driver, *, timeout: float, own: bool, borrower: object
    ) -> tuple[Session, ConnectionParameters]:
        """Return an open session, and how it was opened."""
        in_change = self._in_change()
        how = Borrowing(until=time.monotonic() + timeout, own=own, borrower=borrower, in_change=in_change)
        return self._trying.lend(driver, self._candidates(driver.name, in_change), how)
