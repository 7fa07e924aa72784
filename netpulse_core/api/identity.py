"""Who asks: an API key in a header, believed for at most half a second after the ledger knew it."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

import anyio
from fastapi import Depends, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param

from netpulse_core.api.errors import away
from netpulse_core.api.requests import RunId
from netpulse_core.controller import NetPulse
from netpulse_core.errors import ServiceError, Unidentified
from netpulse_core.model.caller import Caller
from netpulse_core.model.device import Device
from netpulse_core.model.run import LAST

BELIEVED = 0.5
"""Seconds that a key is not looked up again, and so the longest that a revoked one still opens the door."""

REMEMBERED = 1024

_BEARER = HTTPBearer(auto_error=False, scheme_name="bearer", description="`Authorization: Bearer np_...`")
_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, scheme_name="header", description="`X-API-Key: np_...`")


class Identities:
    """Callers by the digest of their key; unknown keys are not remembered, so that they cannot push known ones out."""

    def __init__(self, identify: Callable[[str], Caller], clock: Callable[[], float] = time.monotonic) -> None:
        self._identify = identify
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()

    async def of(self, key: str) -> Caller:
        """Return who holds this key; raise Unidentified, or ServiceError where that cannot be known now."""
        digest = hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
        asked = self._clock()
        known = self._known.get(digest)
        if known is not None and asked - known[0] < BELIEVED:
            return known[1]
        try:
            caller = await anyio.to_thread.run_sync(self._identify, key, abandon_on_cancel=True)
        except ServiceError as error:
            raise away(error) from error
        self._known[digest] = asked, caller
        self._known.move_to_end(digest)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return caller


def key_of(headers: Mapping[str, str]) -> str:
    """Return the API key a request carries, as it is looked up and as it is counted; empty where it carries none.

    Only headers are read, because addresses end up in logs and cookies are sent unasked.
    """
    scheme, key = get_authorization_scheme_param(headers.get("authorization"))
    return key if key and scheme.lower() == "bearer" else headers.get("x-api-key", "")


async def who_asks(request: Request) -> Caller:
    """Return who asks, of whom a plugin may know without a key of ours."""
    identify: Callable[[Mapping[str, str]], Caller | None] | None = request.app.state.identify
    if identify is not None:
        known = await anyio.to_thread.run_sync(identify, dict(request.headers), abandon_on_cancel=True)
        if known is not None:
            return known
    key = key_of(request.headers)
    if not key:
        raise Unidentified("no API key was sent", hint="send `Authorization: Bearer np_...`")
    identities: Identities = request.app.state.identities
    return await identities.of(key)


async def identified(
    request: Request,
    _bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
    _header: Annotated[str | None, Security(_HEADER)],
) -> Caller:
    """Return who asks; the two parameters only say in the API's document where a key may stand."""
    return await who_asks(request)


async def controller(request: Request) -> NetPulse:
    """Return the controller; async, because a plain function would cost a request another thread hop."""
    netpulse: NetPulse = request.app.state.netpulse
    return netpulse


Asking = Annotated[Caller, Depends(identified)]
Controller = Annotated[NetPulse, Depends(controller)]


async def seen(run: RunId, caller: Asking, netpulse: Controller) -> str:
    """Return the id of the run that is asked for, where it is there for this caller.

    `last` is looked up here and no second time: another run may be the last one by then.
    """
    return await run_in_threadpool(netpulse.seen, run, caller) if caller.scope.target or run == LAST else run


SeenRun = Annotated[str, Depends(seen)]


def chosen(netpulse: NetPulse, caller: Caller, target: str) -> Sequence[Device]:
    """Return the devices of a target that are there for a caller; all of those where it is empty."""
    if target.strip():
        return netpulse.access.select(caller, target)
    return netpulse.access.seen(caller, netpulse.site.devices.values())
