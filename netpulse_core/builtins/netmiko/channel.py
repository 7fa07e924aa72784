"""What netmiko reads and writes through, watched: it says what came last, and that the other end is gone."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from netpulse_core.builtins.floods import Flood

_TAIL, _SINCE = 400, 4000

PATIENCE = 0.05
"""Seconds that one read waits for an answer under way, so that netmiko's loops need not sleep between empty reads."""


class WatchedChannel:
    """Stands before netmiko's channel.

    netmiko polls a dead SSH channel until its own timeout as if the device were thinking; here the end of the
    session is an error at once. The tail of what was read tells, without asking, at which prompt the session is.
    """

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._broken = False
        self._flood = Flood()
        self.tail = ""
        """The end of what was read since something was written."""
        self.settled = True
        """Whether the last thing written was a whole line, and something was read after it."""
        self.greeting = ""
        """What came before anything but a return was written: a banner, and prompts."""
        self._greets = True
        self._whole_line = True
        self._since = ""
        self._returns = 0
        self._prompt = ""
        self._until: float | None = None
        self._came = _told_when_something_comes(inner.remote_conn)

    def expect(self, prompt: str) -> None:
        """Wait for answers from now on: one is whole when a line that begins with this comes last."""
        self._prompt = prompt

    @property
    def remote_conn(self) -> Any:
        return self._inner.remote_conn

    @contextmanager
    def within(self, seconds: float | None) -> Iterator[None]:
        """Let reads fail once this time has passed; an outer deadline stays, because it was set for the whole."""
        before = self._until
        if seconds is not None and before is None:
            self._until = time.monotonic() + seconds
        try:
            yield
        finally:
            self._until = before

    def read_channel(self) -> str:
        if self._until is not None and time.monotonic() > self._until:
            from netmiko import ReadTimeout  # noqa: PLC0415 - a session is open, so it is loaded

            raise ReadTimeout("no complete answer came in time")
        if self._came is not None and self._prompt and not self._answered():
            self._came.wait(PATIENCE)
        over = self.over()  # asked before reading, so that what came before the end is still read
        data: str = self._inner.read_channel()
        if data:
            self._flood.heard(len(data))
            if self._greets:
                self.greeting = (self.greeting + data)[-_SINCE:]
            self.tail = (self.tail + data)[-_TAIL:]
            self._since = (self._since + data)[-_SINCE:]
            self.settled = self._whole_line
        elif over:
            raise EOFError("the session was broken off" if self._broken else "the device closed the session")
        return data

    def read_buffer(self) -> str:
        return str(self._inner.read_buffer())

    def write_channel(self, out_data: str) -> None:
        if self._broken:
            raise EOFError("the session was broken off")
        if out_data.strip("\0"):  # netmiko asks with a null byte whether anybody is there
            self._greets = self._greets and not out_data.strip()
            self._whole_line = out_data.endswith(("\n", "\r"))
            self.settled = False
            self.tail = ""
            self._flood.sent()
            if out_data.strip():
                self._since, self._returns = "", 0
            else:
                self._returns += 1
        self._inner.write_channel(out_data)

    def last_line(self) -> str:
        """The unfinished line that came last, which at rest is the prompt."""
        return self.tail.replace("\r", "\n").rpartition("\n")[2].strip()

    def owes_a_prompt(self, prompt: str) -> bool:
        """Whether fewer prompts came than the last line and the bare returns after it ask for.

        netmiko repeats its return where the prompt is slow, and takes the first one for the answer.
        """
        shown = sum(line.strip().startswith(prompt) for line in self._since.replace("\r", "\n").split("\n"))
        return 0 < shown < self._returns + 1

    def more_comes(self, seconds: float) -> bool:
        """Whether something is there to be read within this time."""
        return self.unread() or (self._came is not None and self._came.wait(seconds) and self.unread())

    def _answered(self) -> bool:
        return self.settled and self.last_line().startswith(self._prompt)

    def showed(self, prompt: str) -> bool:
        """Whether this stood on a line of its own after what was written: no question can be open."""
        return prompt in (line.strip() for line in self.tail.replace("\r", "\n").split("\n"))

    def unread(self) -> bool:
        """Whether the device said something nobody has read."""
        ready = getattr(self.remote_conn, "recv_ready", None)
        return bool(ready()) if ready else False

    def over(self) -> bool:
        """Whether nothing can come any more."""
        return self._broken or is_over(self.remote_conn)

    def break_off(self) -> None:
        """Make every later read and write fail, and wake who waits in one."""
        self._broken = True
        break_transport(self.remote_conn)


def _told_when_something_comes(remote: Any) -> threading.Event | None:
    """Return an event that paramiko sets while something can be read or nothing can come any more."""
    pipe = getattr(remote, "in_buffer", None)
    if pipe is None or not hasattr(pipe, "set_event"):
        return None
    came = threading.Event()
    pipe.set_event(came)
    return came


def is_over(remote: Any) -> bool:
    """Whether netmiko's `remote_conn` (paramiko channel, telnet or serial) has ended."""
    if remote is None:
        return True
    if hasattr(remote, "eof_received"):
        transport = remote.get_transport()
        return bool(remote.closed or remote.eof_received or transport is None or not transport.is_active())
    if hasattr(remote, "get_socket"):
        return bool(getattr(remote, "eof", False)) or remote.get_socket() in (None, 0)
    return not getattr(remote, "is_open", False)


def break_transport(remote: Any) -> None:
    """End the transport below `remote_conn` without a word to the other side."""
    raw = transport_socket(remote)
    if raw is not None:
        break_socket(raw)
    elif hasattr(remote, "cancel_read"):  # a serial line
        remote.cancel_read()


def break_socket(raw: Any) -> None:
    """Wake every thread that waits on a socket; its owner closes it.

    Closed here, its number could be given to another session while a thread still reads from it.
    """
    with contextlib.suppress(OSError, AttributeError):
        raw.shutdown(socket.SHUT_RDWR)


def transport_socket(remote: Any) -> Any:
    """Return the socket below `remote_conn`, or None."""
    while hasattr(remote, "get_transport"):  # through jump hosts, a transport runs over a channel of another
        transport = remote.get_transport()
        remote = None if transport is None else transport.sock
        if not hasattr(remote, "get_transport"):
            return remote
    if hasattr(remote, "get_socket"):
        return remote.get_socket() or None
    return None
