"""Older answers: which blob answered a question, and how long ago; never the answer itself.

A hint, like everything in a broker: an entry that is lost, forged or garbage is one that is not there.
"""

import hashlib
import hmac
import json
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

KEPT = 3600.0
"""Seconds an entry is kept: the most a read may ask for as `max_age`."""

MOST = 100_000
"""Entries one process keeps in memory."""


class Remembered(NamedTuple):
    """A question, by the hash of all that decides its answer, and the blob that answered it `age` seconds ago."""

    key: str
    blob: str
    age: float


class MemoryCache:
    """The entries of one process, the least recently written thrown away first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def recall(self, key: str) -> Remembered | None:
        """Return what answered this question last."""
        with self._lock:
            blob, at = self._entries.get(key, ("", -math.inf))
        age = time.monotonic() - at
        return Remembered(key, blob, age) if age < KEPT else None

    def keep(self, entries: Sequence[Remembered]) -> None:
        """Remember what answered these questions."""
        now = time.monotonic()
        with self._lock:
            for key, blob, age in entries:
                self._entries[key] = blob, now - age
                self._entries.move_to_end(key)
            while len(self._entries) > MOST:
                self._entries.popitem(last=False)


def sealed(secret: bytes, entry: Remembered, now: float) -> bytes:
    """Return an entry as it is kept outside of this process, its instant by the clock of whoever keeps it.

    The signature covers the key too: an entry moved to another question does not verify.
    """
    body = json.dumps([entry.blob, now - entry.age]).encode()
    return _signature(secret, entry.key, body) + body


def unsealed(secret: bytes, key: str, kept: bytes, now: float) -> Remembered | None:
    """Return the entry, or None for what is not ours."""
    signature, body = kept[:32], kept[32:]
    if not hmac.compare_digest(signature, _signature(secret, key, body)):
        return None
    blob, at = json.loads(body)
    age = max(0.0, now - at)
    return Remembered(key, blob, age) if age < KEPT else None


def _signature(secret: bytes, key: str, body: bytes) -> bytes:
    return hmac.new(secret, f"answer:{key}:".encode() + body, hashlib.sha256).digest()
