"""Signatures as standardwebhooks.com writes them down, so that its libraries verify them."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

from netpulse_core import errors

PREFIX = "whsec_"
LEAST = 16
"""Bytes of the shortest secret that is used."""


def headers(delivery: str, timestamp: int, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """Return the headers that prove who sent a body, and when; one signature for each secret."""
    signed = f"{delivery}.{timestamp}.".encode() + body
    made = [hmac.new(_key(secret), signed, hashlib.sha256).digest() for secret in secrets]
    return {
        "webhook-id": delivery,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in made),
    }


def _key(secret: str) -> bytes:
    key = secret.encode()
    if secret.startswith(PREFIX):
        try:
            key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except binascii.Error:
            raise errors.DeliveryFailed("the secret begins with whsec_ and goes on with what is no base64") from None
    if len(key) < LEAST:
        raise errors.DeliveryFailed(
            f"the secret is shorter than {LEAST} bytes", hint="openssl rand -base64 32 makes one"
        )
    return key
