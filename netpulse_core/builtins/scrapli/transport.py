"""What scrapli reads and writes through: a shell on the event loop, behind scrapli's synchronous transport."""

import asyncio
import re
import threading
import time
from collections import deque
from typing import Any

from netpulse_core import ConnectionParameters
from netpulse_core.builtins import asyncssh_transport as link
from netpulse_core.builtins.floods import Flood

_TERMINAL, _SIZE = "vt100", (511, 1000)
_LONGEST = 30.0
"""Seconds without a byte after which a read gives up, where nobody set a limit."""

_TAIL = 400


_ASKS = re.compile(rb"(?i)password: ?\Z")


class SecretRefused(Exception):
    """The device asks for the enable secret once more."""


class LoopTransport:
    """The face of `scrapli.transport.base.Transport`, over a connection that is open and whose host key is believed."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._channel: Any = None
        self._came: deque[bytes] = deque()
        self._news = threading.Condition()
        self._over = False
        self._flood = Flood()
        self.tail = b""
        """The end of what was read since something was written."""
        self.until: float | None = None
        """When reading gives up, in monotonic seconds."""
        self.times_asked: int | None = None
        """How often the device asked for the enable secret, while a session is being opened."""
        self.logger: Any = None
        self._base_transport_args: Any = None

    @classmethod
    def opened(cls, parameters: ConnectionParameters, *, deadline: float) -> "LoopTransport":
        """Log in, jump hosts included, and ask for a shell."""
        left = deadline - time.monotonic()
        return link.run(
            _opened(cls, parameters, link.known(parameters, deadline=deadline), deadline), timeout=left + 2.0
        )

    # scrapli's names, from here on

    def open(self) -> None:
        """Do nothing: it is open."""

    def close(self) -> None:
        """Break it off; scrapli calls this when an operation took too long."""
        self.break_off()

    def isalive(self) -> bool:
        """Whether something can still come."""
        return not self._over

    def read(self) -> bytes:
        """Return what came; raise where nothing comes in time, or ever again."""
        with self._news:
            if not self._news.wait_for(lambda: self._came or self._over, self._left()):
                raise TimeoutError("nothing came in time")
            found = b"".join(self._came)
            self._came.clear()
        if not found:
            raise EOFError("the session was broken off, or the device closed it")
        self._flood.heard(len(found))
        self.tail = (self.tail + found)[-_TAIL:]
        if self.times_asked is not None and _ASKS.search(self.tail):
            self.times_asked += 1
            if self.times_asked > 1:  # scrapli would take the question for a slow answer
                raise SecretRefused
        return found

    def write(self, channel_input: bytes) -> None:
        """Send."""
        if self._over:
            raise EOFError("the session was broken off, or the device closed it")
        self.tail = b""
        self._flood.sent()
        link.call(self._send, channel_input)

    # ours

    @property
    def connection(self) -> Any:
        """The asyncssh connection below."""
        return self._connection

    @property
    def unread(self) -> bool:
        """Whether the device said something nobody has read."""
        return bool(self._came)

    def more_comes(self, seconds: float) -> bool:
        """Whether something is there to be read within this time."""
        with self._news:
            self._news.wait_for(lambda: self._came or self._over, seconds)
            return bool(self._came)

    def drain(self) -> bytes:
        """Return what is there, without waiting."""
        return self.read() if self.unread else b""

    def break_off(self) -> None:
        """End it at once, from any thread; who waits for an answer gets an error."""
        self.heard(None)
        link.abort(self._connection)

    def say_goodbye(self) -> None:
        """End the SSH connection politely; nothing is typed."""
        self.heard(None)
        link.close(self._connection)

    def last_line(self) -> str:
        """The unfinished line that came last, which at rest is the prompt."""
        return self.tail.replace(b"\r", b"\n").rpartition(b"\n")[2].decode("utf-8", "replace").strip()

    def _left(self) -> float:
        longest = getattr(self._base_transport_args, "timeout_transport", 0) or _LONGEST
        return longest if self.until is None else min(longest, max(0.0, self.until - time.monotonic()))

    def _send(self, data: bytes) -> None:
        try:
            self._channel.write(data)
        except OSError:
            self.heard(None)

    def heard(self, data: bytes | None) -> None:
        """Take what came on the loop; None is the end."""
        with self._news:
            if data is None:
                self._over = True
            else:
                self._came.append(data)
            self._news.notify_all()


async def _opened(
    kind: type[LoopTransport], parameters: ConnectionParameters, believed: link.Known, deadline: float
) -> LoopTransport:
    from netpulse_core.builtins.scrapli.reader import Reader  # noqa: PLC0415 - it needs asyncssh

    connection = await link.connect(parameters, believed, deadline=deadline)
    try:
        async with asyncio.timeout(deadline - time.monotonic()):
            transport = kind(connection)
            transport._channel, _ = await connection.create_session(
                lambda: Reader(transport), term_type=_TERMINAL, term_size=_SIZE, encoding=None
            )
    except BaseException:
        connection.abort()
        raise
    return transport
