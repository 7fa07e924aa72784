"""Envelopes: each secret under a data key of its own, that data key under a key that is not in the ledger.

AES-256-GCM twice, and both times the identity of the row is authenticated with it, so that an envelope opens in its own
row alone. Wrapping under another key touches the data key and leaves the secret sealed.
"""

import hashlib
import json
import os
from dataclasses import dataclass, field, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

BYTES = 32
"""Of a key: AES-256."""
_NONCE = 12


class Sealed(Exception):
    """It does not open: with this key, or in this row, or as it is now."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key that wraps data keys; its id says which it is and nothing of what it holds."""

    secret: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """The start of a hash: the key is 256 random bits, so there is nothing to guess."""
        return hashlib.sha256(b"netpulse store key " + self.secret).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What the ledger holds of a secret; `row` is the identity that it opens under."""

    row: tuple[str, str]
    key: str
    wrapped: bytes
    sealed: bytes


def seal(value: str, row: tuple[str, str], key: Key) -> Envelope:
    """Return a secret in an envelope of this row."""
    data_key = AESGCM.generate_key(bit_length=8 * BYTES)
    sealed = _locked(data_key, value.encode(), _identity("value", row))
    wrapped = _locked(key.secret, data_key, _identity("key", row, key.id))
    return Envelope(row=row, key=key.id, wrapped=wrapped, sealed=sealed)


def open_(envelope: Envelope, key: Key) -> str:
    """Return the secret; raise Sealed where any part of the envelope, or its row, is not what it was."""
    data_key = _unlocked(key.secret, envelope.wrapped, _identity("key", envelope.row, key.id))
    return _unlocked(data_key, envelope.sealed, _identity("value", envelope.row)).decode()


def rewrap(envelope: Envelope, old: Key, new: Key) -> Envelope:
    """Return the envelope under another key."""
    data_key = _unlocked(old.secret, envelope.wrapped, _identity("key", envelope.row, old.id))
    return replace(envelope, key=new.id, wrapped=_locked(new.secret, data_key, _identity("key", envelope.row, new.id)))


def _locked(key: bytes, data: bytes, identity: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, identity)


def _unlocked(key: bytes, data: bytes, identity: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(data[:_NONCE], data[_NONCE:], identity)
    except (InvalidTag, ValueError) as error:  # a ValueError where it is too short to be one
        raise Sealed from error


def _identity(*parts: object) -> bytes:
    return json.dumps(["netpulse secrets", *parts]).encode()
