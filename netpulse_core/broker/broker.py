"""What the other rooms hold of a broker: ring, listen, tell, wait."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from netpulse_core.broker.cache import Remembered
from netpulse_core.broker.doorbell import Wake
from netpulse_core.broker.rates import Rates

FIFO = "fifo"
"""The shared queue of jobs that keep no session."""


class Listening(Protocol):
    """Something that listens until it is stopped."""

    def stop(self) -> None:
        """Stop, and wait until it has."""


class Broker(Protocol):
    """Doorbells and live events; a broker that is away costs time, never work.

    So nothing here raises for it but `posted`, which people ask.
    """

    rates: Rates
    """How often whom may ask the service."""

    def ring(self, rings: Mapping[str, Sequence[str]]) -> bool:
        """Ring each queue with its devices; False where the broker is away."""

    def listen(self, queue: str, wake: Wake) -> Listening:
        """Call `wake` for each ring of a queue, until stopped."""

    def heard(self) -> Mapping[str, int]:
        """Return how many rings this process heard, and how many of what sort."""

    def tell(self, runs: Iterable[str]) -> None:
        """Say that these runs have news in the ledger."""

    def wait(self, run: str, seen: int, timeout: float) -> int:
        """Wait until a run has news since `seen`, or the timeout; return what to pass as `seen` next time."""

    def recall(self, key: str) -> Remembered | None:
        """Return what answered a question last, or None where that is not known or the broker is away."""

    def keep(self, entries: Sequence[Remembered]) -> None:
        """Remember for an hour what answered these questions, for every process of the site."""

    def post(self, name: str, text: bytes, seconds: float) -> bool:
        """Put a text up for every process of the site, for so long; False where the broker is away."""

    def posted(self, name: str) -> bytes | None:
        """Return what is up under this name, or None; raise ServiceError where the broker is away."""

    def answers(self) -> bool:
        """Whether the broker can be reached now."""

    def close(self) -> None:
        """Let go of connections and threads."""
