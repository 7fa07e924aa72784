"""Asking again what only reads, where the service was asked too often: the run goes on, and its results wait."""

import logging
import time
from collections.abc import Callable, Iterator

from netpulse_core.client import Client
from netpulse_core.errors import TooManyRequests
from netpulse_core.model.event import Event

log = logging.getLogger(__name__)

LONGEST = 300.0
"""Seconds for which one question is asked again."""

_PAUSES = 0.1, 60.0
"""The shortest and the longest pause, whatever the service says."""


def patiently[T](ask: Callable[[], T]) -> T:
    """Ask a question that changes nothing, as often as the service says that it comes too soon."""
    until = time.monotonic() + LONGEST
    while True:
        try:
            return ask()
        except TooManyRequests as error:
            pause = min(max(error.retry_after, _PAUSES[0]), _PAUSES[1])
            if time.monotonic() + pause > until:
                raise
            log.info("asking again in %.1f s: %s", pause, error)
        time.sleep(pause)


def events(client: Client, run: str) -> Iterator[Event]:
    """Yield a run's events until it has finished, as `Client.watch` does."""
    after, stream = 0, client.watch(run)

    def following() -> Event | None:
        nonlocal stream
        try:
            return next(stream, None)
        except TooManyRequests:  # which has ended this one
            stream = client.watch(run, after)
            raise

    while (event := patiently(following)) is not None:
        after = event.number
        yield event
