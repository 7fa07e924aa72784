"""What went wrong, as the error the service itself raised, or as the one that says why it could not be asked."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

import httpx

from netpulse_core import errors
from netpulse_core.errors import NetPulseError, ServiceError

PREFIX = "urn:netpulse:error:"

_NOT_BELIEVED = (
    "ask it by the name its certificate is for; where the system does not know its issuer, SSL_CERT_FILE names "
    "the issuer's certificate"
)

MEMBERS: Mapping[type[NetPulseError], Mapping[str, Any]] = {
    errors.NotFound: {"kind": "", "name": "", "known": (), "known_count": 0},
    errors.NotPermitted: {"permission": ""},
    errors.InvalidParameters: {"problems": ()},
    errors.Unanswered: {"retry_after": 5.0, "idempotency_key": ""},
    errors.ServiceError: {"retry_after": 5.0},
    errors.SiteError: {"path": "", "line": 0, "key": ""},
    errors.PluginError: {"plugin": ""},
    errors.DeviceError: {"device": "", "jump": ""},
}
"""What each branch says beside its sentence, with the value where the service said nothing."""


def check(response: httpx.Response) -> None:
    """Raise what the service says went wrong; the answer must have been read."""
    if response.is_success:
        return
    said = _said(response)
    if said is None:
        _not_ours(response)
    raise error_of(said)


def error_of(said: Mapping[str, Any]) -> NetPulseError:
    """Return the error that these members of a problem (RFC 9457) say; one that is not known is a NetPulseError."""
    kind = _kind(str(said.get("type", "")))
    # Not made by its constructor: that would word the sentence again, out of members that may be cut short.
    error = kind.__new__(kind)
    Exception.__init__(error, str(said.get("detail", "")))
    error.hint = str(said.get("hint", ""))
    for name, default in next((each for root, each in MEMBERS.items() if issubclass(kind, root)), {}).items():
        value = said.get(name, default)
        setattr(error, name, tuple(value) if isinstance(default, tuple) else value)
    if isinstance(error, errors.Refused):
        error.reason = str(error)
    if isinstance(error, errors.SiteError):
        error.problem = str(error)
    return error


def problem_of(error: NetPulseError) -> dict[str, Any]:
    """Return the members that say this error as a service does, but for those of HTTP: what `error_of` reads."""
    names = next((each for root, each in MEMBERS.items() if isinstance(error, root)), {})
    said = {name: getattr(error, name) for name in names}
    if isinstance(error, errors.NotFound):
        said["known"] = error.known[: errors.MOST_KNOWN]  # of `known_count`
    return {"type": f"{PREFIX}{type(error).__name__}", "detail": str(error), "hint": error.hint, **said}


def content(response: httpx.Response) -> Any:
    """Return what the service says; raise what it says went wrong, or that it is no NetPulse."""
    check(response)
    try:
        return response.json()
    except ValueError:
        _not_ours(response)


def _said(response: httpx.Response) -> dict[str, Any] | None:
    if "json" not in response.headers.get("content-type", ""):
        return None
    try:
        said = json.loads(response.content)
    except ValueError:
        return None
    return said if isinstance(said, dict) and "detail" in said else None


def _kind(name: str) -> type[NetPulseError]:
    found = getattr(errors, name.removeprefix(PREFIX), None)
    return found if isinstance(found, type) and issubclass(found, NetPulseError) else NetPulseError


def _not_ours(response: httpx.Response) -> NoReturn:
    what = f"{_place(response.request)} answered {response.status_code}, which is not an answer of NetPulse"
    hint = "is this its address? a proxy in between may have answered"
    raise ServiceError(what, hint=hint) if response.is_server_error else NetPulseError(what, hint=hint)


def unreached(error: httpx.TransportError, address: str) -> ServiceError:
    """Return the error that says why there was no answer."""
    match error:
        case httpx.ConnectError() if "CERTIFICATE_VERIFY_FAILED" in str(error):
            what, hint = "is not believed", _NOT_BELIEVED
        case httpx.ConnectTimeout() | httpx.ConnectError():
            what, hint = "cannot be reached", "is the service up? `netpulse up` starts it; is this its address?"
        case httpx.TimeoutException():
            what, hint = "did not answer in time", "try again, or give the client a longer timeout"
        case _:
            what, hint = "broke the connection", "try again; the service's log may say more"
    reason = str(error)
    return ServiceError(f"{address} {what}{f': {reason}' if reason else ''}", hint=hint)


def _place(request: httpx.Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc.decode()}"
