"""What goes wrong between us and an HTTP API, said as ours: by cause, and by how much may have been done."""

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar

from netpulse_core import errors
from netpulse_core.builtins.causes import causes
from netpulse_core.builtins.http.network import NoTLS, NotVerified

_ADDRESS = "check hostname and port of this connection in inventory/, and the way there"
_CREDENTIALS = "check the username and password, or the token, of this connection in inventory/"
_CERTIFICATE = "give `ca_file` the certificate of its issuer (and `server_name` where the name differs)"
_SLOW = "the device may be busy: raise `read_timeout`, or look at its load"
_CUT_OFF = ("Server disconnected", "peer closed connection")
_LONGEST = 200
_PERHAPS_DONE = (301, 302, 408)
"""After these a change may stand: a POST is answered with a redirect to what it did, and 408 tells of time alone."""

Redact = Callable[[str], str]


class CertificateRefused(errors.DeviceError):
    """The device's certificate is not believed; nothing was sent to it."""


class Forbidden(errors.AuthenticationFailed, errors.CommandRejected):
    """The device refused a request for want of rights, and so did nothing of it."""


class NotKnown(Forbidden):
    """The device does not take the credentials, and so did nothing of the request."""


class NothingSent(errors.Unreachable, errors.CommandRejected):
    """No connection for a request that changes: what was not sent leaves no doubt."""


class TryLater(errors.CommandRejected):
    """The device refused a request for now."""

    retryable: ClassVar[bool] = True


class Failing(errors.DeviceError):
    """The device, or a proxy before it, could not answer for now."""

    retryable: ClassVar[bool] = True


def of_transport(error: BaseException, device: str, where: str) -> errors.DeviceError | None:
    """Return our error for one of httpx, httpcore or the socket; None for what is not from there."""
    if isinstance(error, errors.DeviceError):
        return error
    chain = list(causes(error))
    for link in chain:
        if isinstance(link, NotVerified):
            return CertificateRefused(
                f"its certificate is not believed ({where}): {link}; nothing was sent", device=device, hint=_CERTIFICATE
            )
        if isinstance(link, NoTLS):
            return errors.DeviceError(
                f"no TLS connection ({where}): {link}", device=device, hint="is it HTTPS that answers on this port?"
            )
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & {"ConnectError", "ConnectTimeout"}:
        return errors.Unreachable(f"no connection ({where}): {_why_not(chain)}", device=device, hint=_ADDRESS)
    if names & {"TimeoutException", "TimeoutError"}:
        return errors.TimedOut(f"no complete answer in time ({where})", device=device, hint=_SLOW)
    if "RemoteProtocolError" in names and not str(error).startswith(_CUT_OFF):
        return errors.DeviceError(f"what answers is not HTTP ({where})", device=device, hint=_ADDRESS)
    if names & {"TransportError", "OSError"}:
        return errors.SessionLost(f"the connection ended before the answer did ({where})", device=device)
    return None


def of_status(
    status: int, body: bytes, request: str, device: str, redact: Redact, *, reads: bool = True
) -> errors.DeviceError:
    """Return what an answer outside 200 to 299 means; `request` is its method and path, without the query."""
    said = _first_line(body, redact)
    words = f"{request} was answered with {status}{_phrase(status)}{f': {said}' if said else ''}"
    if status == 401:
        return NotKnown(words, device=device, hint=_CREDENTIALS)
    if status == 403:
        return Forbidden(words, device=device, hint=_CREDENTIALS)
    if status == 429:
        return TryLater(words, device=device, hint="the device asks for fewer requests at once")
    if status in _PERHAPS_DONE and not reads:
        return errors.DeviceError(words, device=device, hint="it may have been done all the same: look at the device")
    if 300 <= status < 500:
        return errors.CommandRejected(words, device=device)
    if status in (502, 503, 504):
        return Failing(words, device=device)
    return errors.DeviceError(words, device=device, hint="its own log may say why")


def over_https(status: int, body: bytes, request: str, device: str, redact: Redact) -> errors.DeviceError:
    """Return what a redirect to the same address over HTTPS means: nothing was done, of a change neither."""
    refused = of_status(status, body, request, device, redact)
    words = f"{str(refused).removeprefix(f'{device}: ')}; it is to be asked over HTTPS, and has done nothing"
    return errors.CommandRejected(words, device=device, hint="write `scheme: https`, and its port, in inventory/")


@contextmanager
def at_the_door() -> Iterator[None]:
    """Say a refused login as one: where nothing but that was asked, there is no request that was not done."""
    try:
        yield
    except NotKnown as error:
        raise errors.AuthenticationFailed(str(error), device=error.device, hint=error.hint) from error


def _first_line(body: bytes, redact: Redact) -> str:
    text = body[: 64 * 1024].decode("utf-8", "replace").strip()
    try:
        text = json.dumps(json.loads(text), ensure_ascii=False)
    except (ValueError, RecursionError):
        text = next(iter(text.splitlines()), "")
    text = redact(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text))  # before it is cut: half a secret is one
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _phrase(status: int) -> str:
    from http import HTTPStatus  # noqa: PLC0415

    return f" {HTTPStatus(status).phrase}" if status in HTTPStatus else ""


def _why_not(chain: list[BaseException]) -> str:
    cause = next((link for link in chain if isinstance(link, OSError)), None)
    if isinstance(cause, socket.gaierror):
        return "the name is not known"
    if isinstance(cause, ConnectionRefusedError):
        return "nothing listens there (connection refused)"
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    return str((cause and cause.strerror) or cause or chain[0]).lower()
