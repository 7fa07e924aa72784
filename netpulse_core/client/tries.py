"""Asking again: when a request is sent once more, and what is said of one that may have been done unseen."""

import httpx

from netpulse_core.client.failures import content, unreached
from netpulse_core.client.wire import KEY, Call
from netpulse_core.errors import ServiceError, Unanswered

PAUSES = (0.1, 0.4, 1.0)
"""Seconds before a request that may be sent twice is sent again."""

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""After these the service cannot have seen the request."""


class Tries[T]:
    """One request on its way, as often as it is sent."""

    def __init__(self, call: Call[T], address: str) -> None:
        self.call = call
        self._address = address
        self._key = call.headers.get(KEY)
        self._pauses = iter(PAUSES if call.again else ())
        self._lost = False

    def pause(self, error: httpx.TransportError) -> float:
        """Return how long to wait before the next try; raise where there is none."""
        self._lost = self._lost or not isinstance(error, _NOT_SENT)
        pause = next(self._pauses, None)
        if pause is None or not self._worth(error):
            raise self._told(unreached(error, self._address)) from error
        return pause

    def answer(self, response: httpx.Response) -> T:
        """Return what the service answered, or raise what it says went wrong."""
        try:
            return self.call.read(content(response))
        except ServiceError as error:
            # Also what nobody lost: a part was away, perhaps after the request had been recorded.
            self._lost = self._lost or type(error) is ServiceError
            told = self._told(error)
            if told is error:
                raise
            raise told from error

    def _worth(self, error: httpx.TransportError) -> bool:
        """Whether to ask again: not where time is over, but for a key; nor to read where nobody listens."""
        if isinstance(error, httpx.TimeoutException):
            return self._lost and self._key is not None
        return self.call.method != "GET" or not isinstance(error, httpx.ConnectError)

    def _told(self, error: ServiceError) -> ServiceError:
        if self._key is None or not self._lost:
            return error
        return Unanswered(
            f"{error}; the request may have been accepted",
            idempotency_key=self._key,
            retry_after=error.retry_after,
            hint="ask the same again under its idempotency key, and it is not done twice: "
            f"--idempotency-key {self._key} (in Python, the idempotency_key of the request)",
        )
