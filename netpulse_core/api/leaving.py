"""What is under way when the service stops, and is not done in time."""

import asyncio
import threading

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from netpulse_core.api.errors import problem
from netpulse_core.errors import ServiceError

AGAIN = 2.0
"""Seconds after which another process, or the next one, may be asked."""


class Leaving:
    """Middleware that answers 503 to a request which the stopping server gives up: the server's own word is a 500."""

    def __init__(self, app: ASGIApp, *, stopping: threading.Event) -> None:
        self.app = app
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, and heed a cancellation once the service stops."""
        answering = False

        async def noticed(message: Message) -> None:
            nonlocal answering
            answering = True
            await send(message)

        try:
            await self.app(scope, receive, noticed)
        except asyncio.CancelledError:
            if scope["type"] != "http" or answering or not self._stopping.is_set():
                raise
            error = ServiceError(
                "the service stops, and did not wait for this request to be done",
                retry_after=AGAIN,
                hint="whether it was done is not known: ask again, for a run under the same Idempotency-Key",
            )
            await problem(error)(scope, receive, send)
