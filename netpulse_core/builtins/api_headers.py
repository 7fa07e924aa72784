"""Headers of every answer of the REST service: what is answered is private, and is only what it says it is."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from netpulse_core import hookimpl

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

HEADERS = (
    (b"cache-control", b"no-store"),  # outputs and configurations: not for a proxy's or a browser's disk
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)


@hookimpl
def prepare_api(app: Any) -> None:
    """Put the headers on every answer that does not have them already."""
    app.add_middleware(Private)


class Private:
    """ASGI middleware; streams pass as they come."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Any, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                said = {name.lower() for name, _ in headers}
                message["headers"] = headers + [header for header in HEADERS if header[0] not in said]
            await send(message)

        await self._app(scope, receive, with_headers)
