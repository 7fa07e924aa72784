"""Answers kept for later reads: their ids in the broker, shared by every node, and their texts in the ledger."""

import time
from collections.abc import Sequence

from netpulse_core.broker.broker import Broker
from netpulse_core.broker.cache import Remembered
from netpulse_core.errors import ServiceError
from netpulse_core.ledger.blobs import name_of
from netpulse_core.ledger.jobs import Jobs
from netpulse_core.model.run import Claim, Conclusion
from netpulse_core.runs.answers import Recalled


class Shelf:
    """Finds and keeps answers; whatever is away, the device is asked instead."""

    def __init__(self, broker: Broker, jobs: Jobs) -> None:
        self._broker = broker
        self._jobs = jobs

    def find(self, key: str) -> Recalled | None:
        """Return the answer of this key, or None."""
        found = self._broker.recall(key)
        if found is None:
            return None
        try:
            text = self._jobs.answer(found.blob)
        except ServiceError:
            return None
        return None if text is None else Recalled(text, found.age)

    def keep(self, done: Sequence[tuple[Claim, Conclusion]]) -> None:
        """Keep what these jobs were answered; call it once the ledger has their texts."""
        now = time.monotonic()
        self._broker.keep(
            [
                Remembered(answer.key, name_of(answer.text), now - answer.taken)
                for _, conclusion in done
                for answer in conclusion.answers
            ]
        )
