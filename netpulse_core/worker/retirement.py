"""Removing what the ledger keeps no longer: a little at a time, by one worker at a time, never in the way of claims."""

import time
from collections.abc import Iterator

from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.retention import Policy
from netpulse_core.settings import Settings
from netpulse_core.worker.life import Life

PACE = 1.0
"""Seconds between two stretches of work."""

STRETCH = 0.25
"""Seconds of a stretch, half of them pauses."""

LOOK = 60.0
"""Seconds between two looks whether a round is due, and before the first: what starts has other things to do."""


class Retirement:
    """The rounds of one worker; called again and again, it works a stretch of the round it holds."""

    def __init__(self, ledger: Ledger, settings: Settings, life: Life) -> None:
        self._retention = ledger.retention
        self._policy = Policy.of(settings)
        self._life = life
        self._look_at = time.monotonic() + LOOK
        self._round: Iterator[object] | None = None

    def work(self) -> None:
        """Work a stretch, or see whether a round is due."""
        if self._round is None and not self._begun():
            return
        assert self._round is not None
        until = time.monotonic() + STRETCH
        try:
            while time.monotonic() < until:
                began = time.monotonic()
                next(self._round)
                time.sleep(time.monotonic() - began)  # others write in the pauses
        except StopIteration:
            self._round = None
        except BaseException:
            self._round = None  # what is left is found by the next round
            raise

    def _begun(self) -> bool:
        if time.monotonic() < self._look_at:
            return False
        self._look_at = time.monotonic() + LOOK
        holder = f"{self._life.name} {self._life.id}"
        if not self._retention.begin(holder, due=True):
            return False
        self._round = self._retention.round(holder, self._policy, by="netpulse")
        return True
