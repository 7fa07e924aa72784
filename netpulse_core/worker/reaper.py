"""Taking work from nodes that died, and ending work whose time is over."""

from collections.abc import Callable

from netpulse_core.lease import uptime
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.node import HEARTBEAT, LEASE, SWEEP

SILENCE = max(LEASE - HEARTBEAT, 2 * SWEEP)
"""Seconds between two sweeps from which on a ledger that raised nothing was away all the same: a lease that was renewed
a heartbeat before it fell silent may have ended meanwhile."""

ENOUGH = 0.75 * SWEEP
"""Seconds of a sweep after which the rest of what is overdue is left to the next: claims wait for it meanwhile."""


class Reaper:
    """Reaps only once it has itself seen the ledger up for a whole lease, so that a failover kills no push.

    Up is a ledger that answers in time: one that hangs, or a process or machine that was stopped for a while, raises
    nothing, and keeps nodes from renewing their leases as one that is away does.
    """

    def __init__(self, ledger: Ledger, clock: Callable[[], float] = uptime) -> None:
        self._ledger = ledger
        self._clock = clock
        self._up_since = self._swept_at = clock()

    def ledger_was_away(self) -> None:
        """Begin to count again: nodes could not renew their leases either."""
        self._up_since = self._clock()

    @property
    def may_judge(self) -> bool:
        """Whether a node that is not seen is surely dead, and not only kept from saying that it lives."""
        now = self._clock()
        return now - self._swept_at < SILENCE and now - self._up_since >= LEASE

    def sweep(self) -> set[str]:
        """Conclude what is overdue and free what dead nodes held; return the runs touched."""
        touched = self._expire()
        if self._clock() - self._swept_at >= SILENCE:
            self.ledger_was_away()
        self._swept_at = self._clock()
        if self.may_judge:
            touched |= self._ledger.reaping.reap()
        return touched

    def _expire(self) -> set[str]:
        """Conclude what is overdue, one batch after another: a long queue mostly comes to its deadline at once."""
        until, touched = self._clock() + ENOUGH, set[str]()
        while some := self._ledger.reaping.expire():
            touched |= some
            if self._clock() >= until:
                break
        return touched
