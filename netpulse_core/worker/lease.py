"""A node's own view of its lease: when it may begin nothing more that it could not take back."""

from collections.abc import Callable

from netpulse_core.lease import uptime
from netpulse_core.model.node import LEASE

TRUSTED = 0.8 * LEASE
"""Seconds without a heartbeat after which a node starts nothing it could not take back."""


class Lease:
    """Counted from before the heartbeat was sent, because its answer may have taken long."""

    def __init__(self) -> None:
        self._renewed = float("-inf")

    @property
    def holds(self) -> bool:
        """Whether the ledger surely still counts this node among the living."""
        return uptime() - self._renewed < TRUSTED

    def renew(self, ask: Callable[[], bool]) -> bool:
        """Ask the ledger and return what it says; yes counts anew, no or a raise leaves it as it was."""
        began = uptime()
        renewed = ask()
        if renewed:
            self._renewed = began
        return renewed
