"""A run's events as they come, over Server-Sent Events; a listener that names its last one goes on after it."""

import time
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from typing import Annotated, Any

import anyio
import anyio.to_thread
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event

from netpulse_core.api import schemas
from netpulse_core.api.identity import Asking, Controller, SeenRun
from netpulse_core.api.limits import Streams
from netpulse_core.api.runs import LARGEST_ID
from netpulse_core.api.staying import Staying
from netpulse_core.errors import NetPulseError
from netpulse_core.model.event import Event

router = APIRouter(prefix="/runs", tags=["runs"])

QUIET = 15.0
"""Seconds without an event after which a comment is sent: proxies close what is silent, and a dead listener is seen."""

THREADS = 64
"""Streams that wait at once; more take turns of two seconds, apart from the threads that answer requests."""

Number = Annotated[int, Query(ge=0, le=LARGEST_ID, description="Number of the last event seen.")]
LastEventId = Annotated[int | None, Header(ge=0, le=LARGEST_ID, description="As `after`; wins over it.")]
Seconds = Annotated[float, Query(gt=0, le=86400, description="End the stream then, though the run goes on.")]

OPENAPI: dict[int | str, dict[str, Any]] = {
    200: {"description": "The events; `data:` is an Event.", "content": {"text/event-stream": {}}},
    204: {"description": "The run has finished and every event was seen: do not ask again."},
}


@router.get("/{run}/events", response_class=Response, responses=OPENAPI)
async def events(
    run: SeenRun,
    netpulse: Controller,
    caller: Asking,
    request: Request,
    after: Number = 0,
    seconds: Seconds = 86400.0,
    last_event_id: LastEventId = None,
) -> Response:
    """Follow a run until it has finished: `id:` is the event's number, `event:` its kind.

    The stream also ends within a second of its key, or once its key may no longer see the run.
    """
    after = after if last_event_id is None else last_event_id
    found = await run_in_threadpool(netpulse.get, run)
    if found.finished and not await run_in_threadpool(netpulse.events, found.id, after):
        return Response(status_code=204)
    state = request.app.state
    state.streams.require_room(caller.name)
    batches = netpulse.watch(found.id, after, stopped=state.stopping.is_set)
    lines = _lines(batches, state.stream_threads, seconds, Staying(request, netpulse, found.id))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return EventSourceResponse(_counted(lines, state.streams, caller.name), headers=headers)


async def _counted(lines: AsyncIterator[bytes], streams: Streams, caller: str) -> AsyncIterator[bytes]:
    """Yield the lines of a stream that counts as open until its last one."""
    with streams.one_more(caller):
        async for line in lines:
            yield line


async def _lines(
    batches: Iterator[Sequence[Event]], threads: anyio.CapacityLimiter, seconds: float, staying: Staying
) -> AsyncIterator[bytes]:
    yield KEEPALIVE_COMMENT  # the listener learns at once that it is heard
    spoke = time.monotonic()
    ends = anyio.current_time() + seconds
    while True:
        batch = await _next(batches, threads, ends, staying)
        if batch is None:
            return
        if batch:
            yield b"".join(_worded(event) for event in batch)
            spoke = time.monotonic()
        elif time.monotonic() - spoke >= QUIET:
            yield KEEPALIVE_COMMENT
            spoke = time.monotonic()


async def _next(
    batches: Iterator[Sequence[Event]], threads: anyio.CapacityLimiter, ends: float, staying: Staying
) -> Sequence[Event] | None:
    """Return the next batch, or None at the end; a listener that is cut off asks again and is told why."""
    # Abandoned when the listener is gone: the thread ends by itself within two seconds.
    waiting = partial(anyio.to_thread.run_sync, next, batches, None, abandon_on_cancel=True, limiter=threads)
    with anyio.CancelScope(deadline=ends):
        try:
            return await staying.during(waiting)
        except NetPulseError:
            return None
    return None


def _worded(event: Event) -> bytes:
    data = schemas.Event.of(event).model_dump_json()
    return format_sse_event(data_str=data, event=event.kind.value, id=str(event.number))
