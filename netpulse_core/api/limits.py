"""What a request may be: its body at most so large, its query only what the route asks."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from fastapi import HTTPException, Request, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from netpulse_core.errors import InvalidParameters, TooManyRequests, did_you_mean
from netpulse_core.model import jsontext

LARGEST_BODY = 1024 * 1024
FILES = "/v1/files/"


class BodyLimit:
    """Middleware that stops reading a body when it is larger than 1 MiB, whatever its length header says.

    The body of a file may have `largest_file` bytes.
    """

    def __init__(self, app: ASGIApp, *, largest_file: int) -> None:
        self.app = app
        self.largest_file = largest_file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the body as it is read."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        read, answering = 0, False
        is_file = scope["method"] == "PUT" and scope["path"].startswith(FILES)
        most = self.largest_file if is_file else LARGEST_BODY

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            # A stream reads on while it answers, only to hear that its caller has left: what comes is thrown away.
            if read > most and not answering:
                # FastAPI lets this one error through while it reads a body; any other becomes a 400.
                raise HTTPException(413, f"the body is larger than {_in_words(most)}", {"Connection": "close"})
            return message

        async def noticed(message: Message) -> None:
            nonlocal answering
            answering = True
            await send(message)

        await self.app(scope, counted, noticed)


class Streams:
    """Event streams that callers have open at this process, each at most `most`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[str] = Counter()

    def has_room(self, caller: str) -> bool:
        """Whether a caller may have one more."""
        return self._open[caller] < self._most

    def require_room(self, caller: str) -> None:
        """Raise TooManyRequests where one more would be too many."""
        if not self.has_room(caller):
            raise TooManyRequests(
                f"{caller} has {self._most} event streams open", retry_after=10, hint="close one, or set `max_streams`"
            )

    @contextmanager
    def one_more(self, caller: str) -> Iterator[None]:
        """Count a stream while it is open."""
        self._open[caller] += 1
        try:
            yield
        finally:
            self._open[caller] -= 1
            if not self._open[caller]:
                del self._open[caller]


def _in_words(size: int) -> str:
    return f"{size >> 20} MiB" if size >= 1 << 20 and size % (1 << 20) == 0 else f"{size} bytes"


async def only_known_questions(request: Request) -> None:
    """Refuse query parameters the route does not know: a filter that is not applied is a wrong answer."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute) or not request.query_params:
        return
    asked = get_flat_params(route.dependant)  # codespell:ignore dependant
    known = [param.alias for param in asked if isinstance(param.field_info, params.Query)]
    problems = list(_unknown(request.query_params.keys(), known))
    twice = {name for name in known if len(request.query_params.getlist(name)) > 1}
    problems += [f"query parameter {name!r} is given twice" for name in sorted(twice)]
    if problems:
        raise InvalidParameters("request", problems)


async def no_key_twice(request: Request) -> None:
    """Refuse a JSON body in which an object has a key twice: only the last would count, and nobody would hear of it."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute) or route.body_field is None:  # what a route streams is not read here
        return
    with suppress(ValueError, RecursionError):  # whoever reads the body says what it is
        jsontext.read(await request.body(), "request", "the body")


def _unknown(given: Iterable[str], known: list[str]) -> Iterable[str]:
    for name in given:
        if name not in known:
            suggestion = did_you_mean(name, known) or (f"; known are {', '.join(known)}" if known else "")
            yield f"unknown query parameter {name!r}{suggestion}"
