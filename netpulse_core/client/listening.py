"""Following a run's events across broken connections: where to go on, how long to wait, and when to give up."""

import json
import time
from collections.abc import Callable

import httpx
from httpx_sse import ServerSentEvent

from netpulse_core.client import nouns
from netpulse_core.client.failures import check, unreached
from netpulse_core.dice import dice
from netpulse_core.errors import ServiceError
from netpulse_core.model.event import Event, EventKind

SILENCE = 45.0
"""Seconds without a byte after which the connection counts as broken; the service speaks every 15."""

OVERDUE = 2.0
"""Seconds for which a service may be late to end a stream on time."""

POLL = 10.0
"""Seconds for which one answer may be waited for."""

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0

PATIENCE = 60.0
"""Seconds for which a service that was heard before may be away."""

STOOD = 5.0
"""Seconds after which an open stream counts as heard, though nothing was said in it."""

Away = Callable[[float], None]
"""Is told of a service that is away, once each time, with the seconds for which it is asked again."""


class Listener:
    """One who follows a run, on whichever connection; it holds the number of the last event and never repeats one."""

    def __init__(self, address: str, after: int, *, timeout: float | None = None, away: Away | None = None) -> None:
        self._address = address
        self._away, self._told = away, False
        self._after = after
        self._ends = None if timeout is None else time.monotonic() + timeout
        self._heard_at: float | None = None
        self._opened_at: float | None = None
        self._pause = FIRST_PAUSE
        self.done = False

    @property
    def left(self) -> float | None:
        """Seconds until this listener's own time is over, or None where it has all the time in the world."""
        return None if self._ends is None else self._ends - time.monotonic()

    def over(self) -> bool:
        """Whether there is nothing more to hear, or no time left to hear it in."""
        return self.done or (self.left is not None and self.left <= 0)

    def headers(self) -> dict[str, str]:
        """Return what says where to go on."""
        return {"Last-Event-ID": str(self._after)}

    def params(self) -> dict[str, float]:
        """Return what says when to end: the service ends the stream on time, which a read timeout would not."""
        return {} if self.left is None else {"seconds": min(max(self.left, 0.001), 86400.0)}

    def patience(self, timeout: float) -> float:
        """Return for how many seconds to ask for the run itself, before its events: most runs are over by then."""
        return max(0.0, min(POLL, timeout / 2, POLL if self.left is None else self.left))

    def broke(self, error: ServiceError) -> bool:
        """Take note of a service that broke off while the run was waited for; False where it was not there at all."""
        cause = error.__cause__
        there = isinstance(cause, httpx.TransportError) and not isinstance(
            cause, httpx.ConnectError | httpx.PoolTimeout
        )
        if there:
            self.heard()
        return there

    def heard(self) -> None:
        """Take note of a service that was there just now."""
        self._heard_at = time.monotonic()

    def silence(self) -> float:
        """Return the seconds without a byte after which the connection counts as broken."""
        return SILENCE if self.left is None else min(SILENCE, max(self.left, 0.0) + OVERDUE)

    def answered(self, response: httpx.Response) -> bool:
        """Take note of an answer that is a stream; one that says there is nothing more ends the listening."""
        self.done = response.status_code == httpx.codes.NO_CONTENT
        self._opened_at, self._told = time.monotonic(), False
        if self._heard_at is None:
            self._heard_at = self._opened_at
        return not self.done

    def event(self, message: ServerSentEvent) -> Event | None:
        """Return the event of a message, or None for one that holds none or was heard before."""
        self._heard_at, self._pause = time.monotonic(), FIRST_PAUSE
        if not message.data:  # httpx-sse makes a message of a comment, with the id of the last event
            return None
        event = nouns.event(json.loads(message.data))
        if event.number <= self._after:
            return None
        self._after = event.number
        self.done = event.kind is EventKind.RUN_FINISHED
        return event

    def pause(self, why: Exception | None) -> float:
        """Return how long to wait before asking again, or raise where that is hopeless."""
        opened = self._opened_at is not None
        if not self._hopeful():
            raise self._explained(why)
        if why is not None and not opened:  # a stream that broke off is nothing yet: the next one may follow at once
            self._tell()
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE)
        if isinstance(why, ServiceError):
            pause = min(max(pause, why.retry_after), LONGEST_PAUSE)
        pause *= dice.uniform(0.5, 1.0)  # not a secret: many listeners must not come back at once
        return pause if self.left is None else max(0.0, min(pause, self.left))

    def _hopeful(self) -> bool:
        now = time.monotonic()
        if self._opened_at is not None and now - self._opened_at > STOOD:
            self._heard_at = now  # a quiet run: its stream stood, and the comments in it are not shown to us
        self._opened_at = None
        return self._heard_at is not None and now - self._heard_at < PATIENCE

    def _tell(self) -> None:
        if self._away is not None and self._heard_at is not None and not self._told:
            self._told = True
            self._away(self._heard_at + PATIENCE - time.monotonic())

    def _explained(self, why: Exception | None) -> Exception:
        if isinstance(why, httpx.TransportError):
            return unreached(why, self._address)
        return why or ServiceError(f"{self._address} ends the stream of events again and again")


def refused(response: httpx.Response) -> ServiceError | None:
    """Return the error of a service that is away for now; raise any other, which asking again would not mend."""
    try:
        check(response)
    except ServiceError as error:
        return error
    return None
