"""Taking work from nodes that died, and ending work whose time is over."""

from collections.abc import Callable

from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.node import LEASE


class Reaper:
    """Reaps only once it has itself seen the ledger up for a whole lease, so that a failover kills no push."""

    def __init__(self, ledger: Ledger, clock: Callable[[], float]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._up_since = clock()

    def ledger_was_away(self) -> None:
        """Begin to count again: nodes could not renew their leases either."""
        self._up_since = self._clock()

    @property
    def may_judge(self) -> bool:
        """Whether a node that is not seen is surely dead, and not only kept from saying that it lives."""
        return self._clock() - self._up_since >= LEASE

    def sweep(self) -> set[str]:
        """Conclude what is overdue and free what dead nodes held; return the runs touched."""
        touched = self._ledger.reaping.expire()
        if self.may_judge:
            touched |= self._ledger.reaping.reap()
        return touched
