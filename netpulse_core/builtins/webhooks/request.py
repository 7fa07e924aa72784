"""One request to one address: no redirect is followed, no proxy asked, and all of it ends in time."""

import contextlib
import http.client
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import SplitResult

from netpulse_core import errors
from netpulse_core.builtins.deadline import Deadline
from netpulse_core.builtins.webhooks.addresses import Place

BOUND = 10.0
"""Seconds from the first packet to the end of the answer."""

LONGEST_ANSWER = 64 * 1024
"""Bytes of an answer that are read; nobody looks at them, but an endpoint may want to see them taken."""


class Answer(NamedTuple):
    """What was answered; its body is of no interest."""

    status: int
    reason: str


def post(
    url: SplitResult, places: Sequence[Place], body: bytes, headers: Mapping[str, str], context: ssl.SSLContext | None
) -> Answer:
    """Send a body and return the answer; `context` is None for plain HTTP. Raise DeliveryFailed."""
    wire = _Wire(time.monotonic() + BOUND)
    with contextlib.closing(wire), Deadline(wire.break_off, wire.until) as deadline:
        try:
            wire.connect(places)
            if context is not None:
                wire.start_tls(context, url.hostname or "")
            return _asked(wire.socket, url, body, headers)
        except ssl.SSLCertVerificationError as error:
            raise errors.DeliveryFailed(f"its certificate is not believed: {error.verify_message}") from error
        except (OSError, http.client.HTTPException) as error:
            if deadline.expired or isinstance(error, TimeoutError):
                raise errors.DeliveryFailed(f"no answer within {BOUND:g} s") from error
            raise errors.DeliveryFailed(_reason(error)) from error


class _Wire:
    """The one socket of a request."""

    def __init__(self, until: float) -> None:
        self.until = until
        self.socket = socket.socket()

    def connect(self, places: Sequence[Place]) -> None:
        """Connect to the first address that answers."""
        failure: OSError | None = None
        for family, address in places:
            self.socket.close()
            self.socket = socket.socket(family, socket.SOCK_STREAM)
            self.socket.settimeout(max(0.001, self.until - time.monotonic()))
            try:
                self.socket.connect(address)
            except OSError as error:
                failure = error
            else:
                return
        raise failure or OSError("it has no address")

    def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Shake hands, in a step of its own, so that it can be broken off."""
        wrapped = context.wrap_socket(self.socket, server_hostname=host, do_handshake_on_connect=False)
        self.socket = wrapped
        wrapped.do_handshake()

    def break_off(self) -> None:
        """Make whatever waits end with an error, from another thread."""
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)

    def close(self) -> None:
        """Close it."""
        self.socket.close()


def _asked(wire: socket.socket, url: SplitResult, body: bytes, headers: Mapping[str, str]) -> Answer:
    connection = http.client.HTTPConnection(url.hostname or "")
    connection.sock = wire
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    connection.request("POST", target, body, {"Host": url.netloc, "Connection": "close", **headers})
    response = connection.getresponse()
    try:
        response.read(LONGEST_ANSWER)
    finally:
        response.close()
    return Answer(response.status, response.reason.strip()[:100])


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return f"no TLS: {(error.reason or 'the handshake failed').lower().replace('_', ' ')}"
    if isinstance(error, OSError):
        return f"not reached: {error.strerror or type(error).__name__}"
    return f"no HTTP: {type(error).__name__}"  # its words may be what the endpoint sent, which may be anything
