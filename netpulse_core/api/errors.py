"""Errors as RFC 9457 problems: the only place that knows an HTTP status."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.routing import Match

from netpulse_core import errors
from netpulse_core.errors import InvalidParameters, NetPulseError, NotFound, Refused, ServiceError

MEDIA_TYPE = "application/problem+json"

KINDS: Sequence[tuple[type[NetPulseError], int, str]] = (
    (errors.NotFound, 404, "There is no such thing"),
    (errors.Conflict, 409, "Its state no longer allows this"),
    (errors.Refused, 403, "This may not be done"),
    (errors.Unidentified, 401, "No caller could be identified"),
    (errors.InvalidParameters, 422, "The input does not fit"),
    (errors.TooManyRequests, 429, "Too much was asked"),
    (errors.QueueFull, 429, "Too many jobs wait"),
    (errors.ServiceError, 503, "A part of the service is away"),
    (errors.SiteError, 500, "A file of the site is wrong"),
    (errors.PluginError, 500, "A plugin failed"),
    (errors.DeviceError, 502, "A device did not do its part"),
    (errors.NetPulseError, 500, "It could not be done"),
)
"""Most specific first; `type` is the name of the error's own class, for clients that raise it again."""

MEMBERS: Mapping[type[NetPulseError], tuple[str, ...]] = {
    errors.NotFound: ("kind", "name", "known", "known_count"),
    errors.NotPermitted: ("permission",),
    errors.InvalidParameters: ("problems",),
    errors.ServiceError: ("retry_after",),
    errors.SiteError: ("path", "line", "key"),
    errors.PluginError: ("plugin",),
    errors.DeviceError: ("device", "jump"),
}


class Problem(JSONResponse):
    """A response that says what happened, to whom, and what to do next."""

    media_type = MEDIA_TYPE

    def render(self, content: Any) -> bytes:
        """Return the JSON of a problem; half of a surrogate pair, which it may quote, is written as its escape."""
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def problem(error: NetPulseError, status: int | None = None, headers: Mapping[str, str] | None = None) -> Problem:
    """Return the response that says this error; `status` where HTTP has a closer word than the error's own."""
    found, title = next((number, words) for kind, number, words in KINDS if isinstance(error, kind))
    status = status or found
    body: dict[str, Any] = {
        "type": f"urn:netpulse:error:{type(error).__name__}",
        "title": title,
        "status": status,
        "detail": str(error),
        "hint": error.hint,
        **_members(error),
    }
    return Problem(body, status, {**_headers(error, status), **(headers or {})})


def away(error: ServiceError) -> ServiceError:
    """Return what those may be told who have not said who they are: the error's own words name the ledger's address."""
    return ServiceError("the ledger is away", retry_after=error.retry_after, hint="the service's operator can say why")


def _members(error: NetPulseError) -> dict[str, Any]:
    names = next((names for kind, names in MEMBERS.items() if isinstance(error, kind)), ())
    members = {name: getattr(error, name) for name in names}
    if isinstance(error, NotFound):
        members["known"] = error.known[: errors.MOST_KNOWN]
    return members


def _headers(error: NetPulseError, status: int) -> dict[str, str]:
    if isinstance(error, ServiceError):
        return {"Retry-After": str(max(1, round(error.retry_after)))}
    return {"WWW-Authenticate": "Bearer"} if status == 401 else {}


def install(app: FastAPI) -> None:
    """Let every error of the application leave it as a problem."""
    app.add_exception_handler(NetPulseError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(StarletteHTTPException, _of_the_framework)
    app.add_exception_handler(Exception, _unexpected)


async def _ours(request: Request, error: Exception) -> Problem:
    assert isinstance(error, NetPulseError)
    return problem(error)


async def _invalid(request: Request, error: Exception) -> Problem:
    assert isinstance(error, RequestValidationError)
    return problem(InvalidParameters("request", [said for one in error.errors() for said in _sentences(one)]))


def _sentences(one: Mapping[str, Any]) -> Sequence[str]:
    if one["type"] == "closed":  # of requests.py, which knows the fields and says so itself
        return list(one["ctx"]["problems"])
    where, *path = (str(part) for part in one["loc"])
    if one["type"] == "json_invalid":
        return [f"the body is not JSON: {one['ctx']['error']} at character {path[0]}"]
    if not path:
        what = "with `Content-Type: application/json`" if one["type"] != "missing" else "and there is none"
        return [f"the body must be a JSON object, {what}"]
    what = "field" if where == "body" else f"{where} parameter"
    if one["type"] == "missing":
        return [f"{what} {'.'.join(path)!r} is required"]
    return [f"{what} {'.'.join(path)!r}: {one['msg'][:1].lower()}{one['msg'][1:]}"]


async def _of_the_framework(request: Request, error: Exception) -> Problem:
    assert isinstance(error, StarletteHTTPException)
    headers = error.headers or {}
    match error.status_code:
        case 404:
            return problem(_no_such_path(request))
        case 405:
            allowed = ", ".join(_methods(request))
            said = Refused(f"{request.method} is not for {request.url.path}", hint=f"allowed: {allowed}")
            return problem(said, 405, {"Allow": allowed})
        case 413:
            return problem(InvalidParameters("request", [str(error.detail)]), 413, headers)
        case 400:
            return problem(InvalidParameters("request", ["the body cannot be read as JSON"]), 400, headers)
    return problem(NetPulseError(str(error.detail)), error.status_code, headers)


def _no_such_path(request: Request) -> NotFound:
    known = request.app.openapi()["paths"]
    return NotFound("path", request.url.path, known=known, hint="all paths stand in /openapi.json")


def _methods(request: Request) -> Sequence[str]:
    """Return what a path is for; the framework names the methods of the first route alone."""
    fitting = (
        route for route in iter_route_contexts(request.app.routes) if route.matches(request.scope)[0] is not Match.NONE
    )
    return sorted({method for route in fitting for method in route.methods or ()})


async def _unexpected(request: Request, error: Exception) -> Problem:
    # The words of an unexpected error may hold anything; the server's log has them, with the traceback.
    return problem(NetPulseError("an unexpected error", hint="the service's log says more"))
