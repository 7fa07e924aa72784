"""The doorbell on the wire: signed JSON that names devices; never parameters, never credentials, never pickle."""

import hashlib
import hmac
import json
import uuid

from huey.registry import Message
from huey.serializer import Serializer

RING = "ring"
NOISE = "noise"
LONGEST = 1 << 20
"""Bytes of a doorbell beyond which nobody reads it: 10,000 devices need a third of this."""


class SignedJSON(Serializer):  # type: ignore[misc]  # huey publishes no types
    """Turns Huey's messages into signed JSON and back; the signature covers the queue's name.

    Reading never raises: Huey sleeps longer after each message it cannot read, so that a forger could silence the
    bell. What does not verify becomes a no-op that its consumer counts.
    """

    def __init__(self, key: bytes, queue: str, *, ring: str, noise: str) -> None:
        super().__init__()
        self._key = hmac.new(key, f"doorbell:{queue}".encode(), hashlib.sha256).digest()
        self._ring, self._noise = ring, noise

    def serialize(self, data: Message) -> bytes:
        """Return the signature and the devices of a ring."""
        body = json.dumps({"id": data.id, "devices": list(data.args[0])}, separators=(",", ":")).encode()
        return self._signature(body) + body

    def deserialize(self, data: bytes) -> Message:
        """Return the ring, or a no-op in its place."""
        signature, body = bytes(data[:32]), bytes(data[32:])
        if len(body) > LONGEST or not hmac.compare_digest(signature, self._signature(body)):
            return Message(id=str(uuid.uuid4()), name=self._noise, args=(), kwargs={})
        ring = json.loads(body)
        return Message(id=ring["id"], name=self._ring, args=(ring["devices"],), kwargs={})

    def _signature(self, body: bytes) -> bytes:
        return hmac.new(self._key, body, hashlib.sha256).digest()


def queue_name(node: str) -> str:
    """Return the name Huey keeps a queue under: a hash, because it drops punctuation: `n-1` and `n1` would be one."""
    return f"np{hashlib.sha256(node.encode()).hexdigest()[:24]}"
