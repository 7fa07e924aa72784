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
LONGER = _NONCE + 16
"""By how many bytes a locked piece is longer than what is in it: its nonce, and the tag of GCM."""


class NotOpened(Exception):
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
class WrappedKey:
    """A data key as the ledger holds it; `row` is the identity that it opens under."""

    row: tuple[str, str]
    key: str
    wrapped: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope(WrappedKey):
    """What the ledger holds of a secret."""

    sealed: bytes


def seal(value: str, row: tuple[str, str], key: Key) -> Envelope:
    """Return a secret in an envelope of this row."""
    data_key = AESGCM.generate_key(bit_length=8 * BYTES)
    sealed = _locked(data_key, value.encode(), _identity("value", row))
    return Envelope(row=row, key=key.id, wrapped=_wrapped(data_key, row, key), sealed=sealed)


def open_(envelope: Envelope, key: Key) -> str:
    """Return the secret; raise NotOpened where any part of the envelope, or its row, is not what it was."""
    return _unlocked(unwrapped(envelope, key), envelope.sealed, _identity("value", envelope.row)).decode()


def fresh_key(row: tuple[str, str], key: Key) -> WrappedKey:
    """Return a new data key for what is sealed in pieces."""
    return WrappedKey(row=row, key=key.id, wrapped=_wrapped(AESGCM.generate_key(bit_length=8 * BYTES), row, key))


def unwrapped(one: WrappedKey, key: Key) -> bytes:
    """Return a data key; raise NotOpened where it, or its row, is not what it was."""
    return _unlocked(key.secret, one.wrapped, _identity("key", one.row, key.id))


def lock_piece(data_key: bytes, row: tuple[str, str], position: int, piece: bytes) -> bytes:
    """Return a piece that opens in this row and at this position alone."""
    return _locked(data_key, piece, _identity("piece", row, position))


def open_piece(data_key: bytes, row: tuple[str, str], position: int, piece: bytes) -> bytes:
    """Return what was locked; raise NotOpened where it is not what it was, or stood elsewhere."""
    return _unlocked(data_key, piece, _identity("piece", row, position))


def rewrap[One: WrappedKey](one: One, old: Key, new: Key) -> One:
    """Return an envelope or a data key under another key."""
    return replace(one, key=new.id, wrapped=_wrapped(unwrapped(one, old), one.row, new))


def _wrapped(data_key: bytes, row: tuple[str, str], key: Key) -> bytes:
    return _locked(key.secret, data_key, _identity("key", row, key.id))


def _locked(key: bytes, data: bytes, identity: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, identity)


def _unlocked(key: bytes, data: bytes, identity: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(data[:_NONCE], data[_NONCE:], identity)
    except (InvalidTag, ValueError) as error:  # a ValueError where it is too short to be one
        raise NotOpened from error


def _identity(*parts: object) -> bytes:
    return json.dumps(["netpulse secrets", *parts]).encode()
