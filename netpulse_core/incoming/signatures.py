"""Signatures of incoming webhooks: they say who sends, and are judged before a body is read.

`netpulse` is how standardwebhooks.com signs; `github` is what docs.github.com describes under "Validating webhook
deliveries": HMAC-SHA256 of the body in hexadecimal digits after `sha256=`.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping

from netpulse_core.model.incoming import Signature

TOLERANCE = 300.0
"""Seconds that a signed timestamp may be off."""

LEAST = 16
"""Bytes of the shortest secret that is used."""

_PREFIX = "whsec_"
_ID = re.compile(r"[\x21-\x7e]{1,200}")
_SECONDS = re.compile(r"[0-9]{1,12}")


class NotProven(Exception):
    """The signature does not fit; nobody outside is told why."""


def require(kind: Signature, headers: Mapping[str, str], body: bytes, secrets: Iterable[str], now: float) -> str:
    """Return the id of a delivery that one of these secrets signed; raise NotProven."""
    judge = _github if kind is Signature.GITHUB else _netpulse
    return judge(headers, body, [_key(secret, kind) for secret in secrets], now)


def require_usable(secret: str, kind: Signature) -> None:
    """Raise NotProven for a secret that cannot sign."""
    _key(secret, kind)


def _key(secret: str, kind: Signature) -> bytes:
    found = secret.encode()
    if kind is Signature.NETPULSE and secret.startswith(_PREFIX):
        try:
            found = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            raise NotProven("the secret begins with whsec_ and goes on with what is no base64") from None
    if len(found) < LEAST:
        raise NotProven(f"the secret is shorter than {LEAST} bytes")
    return found


def _netpulse(headers: Mapping[str, str], body: bytes, keys: list[bytes], now: float) -> str:
    delivery, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    signed = f"{delivery}.{at}.".encode() + body
    wanted = [b"v1," + base64.b64encode(hmac.digest(one, signed, hashlib.sha256)) for one in keys]
    _require_any(wanted, headers.get("webhook-signature", "").split())
    if not _SECONDS.fullmatch(at) or abs(now - int(at)) > TOLERANCE:
        raise NotProven(f"its timestamp is more than {TOLERANCE:g} s away from the clock of this service")
    return _require_id(delivery)


def _github(headers: Mapping[str, str], body: bytes, keys: list[bytes], now: float) -> str:
    wanted = [b"sha256=" + hmac.digest(one, body, hashlib.sha256).hex().encode() for one in keys]
    _require_any(wanted, [headers.get("x-hub-signature-256", "")])
    return _require_id(headers.get("x-github-delivery", ""))


def _require_any(wanted: list[bytes], given: list[str]) -> None:
    fits = False
    for one in given:
        for right in wanted:  # all of them, so that time tells nothing
            fits |= hmac.compare_digest(right, one.encode("utf-8", "surrogateescape"))
    if not fits:
        raise NotProven("no signature fits")


def _require_id(delivery: str) -> str:
    if not _ID.fullmatch(delivery):
        raise NotProven("it has no delivery id of 1 to 200 printable characters")
    return delivery
