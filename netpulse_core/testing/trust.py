"""Host keys for tests: the first one seen is believed, as a new site does, and kept in memory."""

from collections.abc import Sequence

from netpulse_core import HostKey, errors


class FirstSeen:
    """Pins the first key of each address; another one is refused."""

    def __init__(self) -> None:
        self.pinned: dict[tuple[str, int], HostKey] = {}

    def known(self, address: str, port: int) -> Sequence[HostKey]:
        """Return the key pinned for this address."""
        key = self.pinned.get((address, port))
        return () if key is None else (key,)

    def verify(self, device: str, address: str, port: int, key: HostKey) -> None:
        """Pin the first key, and raise HostKeyChanged for another."""
        if self.pinned.setdefault((address, port), key) != key:
            raise errors.HostKeyChanged(f"{address} port {port} shows {key.fingerprint}", device=device)
