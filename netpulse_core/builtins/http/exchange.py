"""One request and its whole answer over httpx: in time, not too large, and from nobody else."""

import threading
from typing import Any, NamedTuple, cast

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins.http import failures
from netpulse_core.builtins.http.network import Network
from netpulse_core.builtins.http.options import Options
from netpulse_core.builtins.http.requests import shown

CONNECT_TIMEOUT = 10.0
_GOODBYE = 5.0
KEPT = 30.0
"""Seconds that a TCP connection is kept for the next request: most servers close theirs after a minute or more."""


class Answer(NamedTuple):
    """What the device said, read to its end."""

    status: int
    headers: Any
    body: bytes


class Exchange:
    """The TCP connection of one session, made again where it ended; one request at a time."""

    def __init__(self, parameters: ConnectionParameters, options: Options, where: str) -> None:
        self._device, self._where = parameters.device, where
        self._most = options.largest_answer
        self._connect_timeout = parameters.limits.connect_timeout or CONNECT_TIMEOUT
        self._network = Network()
        self._client = _client(options, self._network, parameters.device)
        self._closed = False
        self.turn = threading.Lock()
        """Held while a request and what follows from it are under way."""

    @property
    def alive(self) -> bool:
        """Whether it is neither closed nor broken off."""
        return not self._closed and not self._network.broken

    @property
    def sent_something(self) -> bool:
        """Whether a byte of the last request may have reached the device."""
        return self._network.written > 0

    def abort(self) -> None:
        """Break off whatever is under way, from any thread."""
        self._network.break_off()

    def close(self) -> None:
        """Close it; a second time does nothing."""
        if not self._closed:
            self._closed = True
            self._network.break_off()
            # a thread that still waits would find its socket's number given to another session
            waited = self.turn.acquire(timeout=_GOODBYE)
            self._client.close()
            if waited:
                self.turn.release()

    def send(self, request: Any, timeout: float, *, reads: bool) -> Answer:
        """Return the whole answer; what reads is sent again, once, where a kept connection had ended beneath it."""
        self._network.begin(timeout)
        if not self.alive:
            raise errors.SessionLost("the session had ended", device=self._device)
        made = self._network.made
        try:
            return self._once(request, timeout)
        except errors.SessionLost:
            kept = made and self._network.made == made
            if not kept or not reads or self._network.broken:
                raise
        return self._once(request, timeout)

    def _once(self, request: Any, timeout: float) -> Answer:
        from httpx import Timeout  # noqa: PLC0415

        request.extensions["timeout"] = Timeout(timeout, connect=min(timeout, self._connect_timeout)).as_dict()
        try:
            answer = self._client.send(request, stream=True)
            try:
                return Answer(answer.status_code, answer.headers, self._whole(request, answer))
            finally:
                answer.close()
        except Exception as error:
            said = failures.of_transport(error, self._device, self._where)
            if said is None or said is error:
                raise
            raise said from error

    def _whole(self, request: Any, answer: Any) -> bytes:
        if answer.headers.get("content-encoding", "identity").lower() != "identity":
            raise errors.DeviceError(
                f"{shown(request)} was answered in an encoding that was not asked for", device=self._device
            )
        body = bytearray()
        for chunk in answer.iter_raw():
            body += chunk
            if len(body) > self._most:
                raise errors.DeviceError(
                    f"the answer to {shown(request)} is larger than {self._most:,} bytes",
                    device=self._device,
                    hint="ask for less of it, or raise `largest_answer` in the extras of this connection",
                )
        return bytes(body)


def _client(options: Options, network: Network, device: str) -> Any:
    """Return httpx's client over our own sockets: no proxy, no .netrc, no redirects of its own.

    Nor cookies: requests are built beside the client, which adds none to them.
    """
    import httpcore  # noqa: PLC0415
    import httpx  # noqa: PLC0415

    context, backend = options.tls(device), cast("Any", network)
    transport = httpx.HTTPTransport(verify=context or False, trust_env=False)
    # httpx has no argument for a network backend; httpcore, which it stands on, has
    transport._pool = httpcore.ConnectionPool(
        ssl_context=context, max_connections=1, keepalive_expiry=KEPT, network_backend=backend
    )
    return httpx.Client(transport=transport, trust_env=False, follow_redirects=False)
