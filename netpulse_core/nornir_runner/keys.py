"""The host keys a script has seen: without a ledger there is no other memory."""

import threading
from collections.abc import Sequence

from netpulse_core.model.connection import HostKey


class RememberedKeys:
    """Believes the first key of each endpoint for as long as this process lives."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pinned: dict[tuple[str, int], list[HostKey]] = {}

    def pinned(self, address: str, port: int) -> Sequence[HostKey]:
        """Return the keys believed of this endpoint."""
        return self._pinned.get((address, port), [])

    def pin(self, device: str, address: str, port: int, key: HostKey) -> Sequence[HostKey]:
        """Believe this key unless another is believed by now, and return what is."""
        with self._lock:
            return self._pinned.setdefault((address, port), [key])

    def offer(self, device: str, address: str, port: int, key: HostKey) -> None:
        """Keep nothing of a key that was refused: the error says it."""
