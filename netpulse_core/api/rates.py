"""How often one address, and one key, may ask: counted before anything else is done for a request."""

import ipaddress
import math
from collections.abc import Iterator

from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from netpulse_core.api.errors import problem
from netpulse_core.api.identity import key_of
from netpulse_core.broker.rates import Rates, Taken
from netpulse_core.errors import TooManyRequests

FREE = frozenset({"/healthz", "/readyz", "/openapi.json", "/docs", "/docs/oauth2-redirect"})
"""Health is asked by supervisors, and costs little; so does what is the same for all. A plugin's route is counted."""


class RateLimit:
    """Middleware that answers 429 to more than so many requests a minute; 0 bounds nothing."""

    def __init__(self, app: ASGIApp, *, rates: Rates, per_key: int, per_address: int) -> None:
        self.app = app
        self._rates = rates
        self._per_key, self._per_address = per_key, per_address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the request, and say in its answer what is left."""
        if scope["type"] != "http" or scope["path"] in FREE:
            await self.app(scope, receive, send)
            return
        least: Taken | None = None
        for whose, words, most in self._asking(scope):
            taken = await self._take(whose, most)
            if not taken.allowed:
                await _refusal(taken, words)(scope, receive, send)
                return
            least = taken if least is None or taken.remaining < least.remaining else least

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start" and least is not None:
                MutableHeaders(scope=message).update(_headers(least))
            await send(message)

        await self.app(scope, receive, told)

    async def _take(self, whose: str, most: int) -> Taken:
        if self._rates.waits:
            return await run_in_threadpool(self._rates.take, whose, most)
        return self._rates.take(whose, most)

    def _asking(self, scope: Scope) -> Iterator[tuple[str, str, int]]:
        """Yield who asks, in what words, and how often they may: the address first, since keys can be made up."""
        if self._per_address and scope["client"]:
            yield f"address {_network(scope['client'][0])}", "from this address", self._per_address
        if self._per_key and (key := key_of(Headers(scope=scope))):
            yield f"key {key}", "with this key", self._per_key


def _refusal(taken: Taken, words: str) -> ASGIApp:
    error = TooManyRequests(
        f"more than {taken.limit:,} requests a minute {words}",
        retry_after=max(1, math.ceil(taken.resets)),
        hint="wait as long as Retry-After says; a run's events are followed with one request, not with many",
    )
    return problem(error, headers=_headers(taken))


def _headers(taken: Taken) -> dict[str, str]:
    return {
        "RateLimit-Limit": str(taken.limit),
        "RateLimit-Remaining": str(taken.remaining),
        "RateLimit-Reset": str(math.ceil(taken.resets)),
    }


def _network(address: str) -> str:
    """Return the network that one asker has: of IPv6 that is a /64, every address of which is its own to use."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((known, 64), strict=False)) if known.version == 6 else address
