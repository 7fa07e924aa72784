"""Older answers for one job that reads: a command asked lately need not be asked again, if the caller said so.

What decides an answer is its key: the device, whom it was asked as, the command, and how often the device had been
changed by then. A change of ours raises that count before its first byte, so nothing from before it is found again.
"""

import hmac
import json
import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

from netpulse_core.broker.cache import KEPT
from netpulse_core.model.connection import ConnectionParameters
from netpulse_core.model.run import Claim, FreshAnswer
from netpulse_core.runs.plain import kept
from netpulse_core.sessions.sending import Sending


class Recalled(NamedTuple):
    """An answer to an earlier job, `age` seconds old."""

    text: str
    age: float


class Shelf(Protocol):
    """Where answers are: ids in the broker, texts in the ledger."""

    def find(self, key: str) -> Recalled | None:
        """Return the answer of this key, or None; a shelf that is away is an empty one."""


class Answers:
    """What one job may recall and leaves for others; one that may change, or reads a device in doubt, does neither."""

    def __init__(
        self,
        shelf: Shelf,
        secret: bytes,
        claim: Claim,
        parameters: Callable[[str], ConnectionParameters],
        redact: Callable[[str], str],
        sending: Sending | None = None,
    ) -> None:
        self._shelf = shelf
        self._secret = secret
        self._claim = claim
        # While a device is in doubt, a session of the change may still bring a line that raises no count.
        self._may = not claim.changes and not claim.diagnostic
        self._parameters = parameters
        self._redact = redact
        self._sending = sending
        self.fresh: list[FreshAnswer] = []

    def recall(self, connection: str, command: str, max_age: float) -> Recalled | None:
        """Return an answer to this command that is at most `max_age` seconds old."""
        if not self._may or not 0 < max_age <= KEPT:
            return None
        if self._sending is not None and not self._sending.may([command]):
            return None  # another's answer is not read either; the gate says why
        found = self._shelf.find(self._key(connection, command))
        return found if found is not None and found.age <= max_age else None

    def remember(self, connection: str, command: str, text: str, *, asked: float | None = None) -> None:
        """Leave what the device answered for others; never call it with a refusal.

        `asked` is when, in monotonic seconds: what is told is at least so old.
        """
        if self._may:
            key = self._key(connection, command)
            self.fresh.append(FreshAnswer(key=key, text=kept(text, self._redact), taken=asked or time.monotonic()))

    def _key(self, connection: str, command: str) -> str:
        asked = self._parameters(connection)
        decides = [
            self._claim.key,
            self._claim.pushes,
            command,
            [connection, asked.address, asked.port, asked.username, asked.password, asked.platform, asked.extras],
            [[hop.address, hop.port, hop.username, hop.password, hop.extras] for hop in asked.jumps],
        ]
        text = json.dumps(decides, sort_keys=True, default=repr)
        return hmac.digest(self._secret, f"answer:{text}".encode(), "sha256").hex()
