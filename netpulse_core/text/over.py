"""What goes between a process and the one it renders and parses in: JSON in frames, errors of ours among it."""

import json
import socket
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from netpulse_core import errors
from netpulse_core.errors import NetPulseError

LARGEST = 256 * 1024 * 1024
_LENGTHS = struct.Struct("!II")
_AT_ONCE = 1 << 16
_ENCODED = json.JSONEncoder(default=str, separators=(",", ":")).encode


class Garbled(OSError):
    """What came is no frame of ours; its words hold nothing of it."""


class Line:
    """One end of a pair of sockets; raises OSError where the other is gone, TimeoutError where nothing comes.

    Each end waits for the other's frame before it sends the next one. A frame is JSON and a text, which may be long
    and is carried as it is.
    """

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._seconds: float | None = None
        end.settimeout(None)

    def send(self, data: Any, text: str = "", *, seconds: float | None = None) -> None:
        """Send one frame."""
        self._wait_at_most(seconds)
        body, beside = _ENCODED(data).encode(), text.encode("utf-8", "surrogatepass")
        self._end.sendall(b"".join((_LENGTHS.pack(len(body), len(beside)), body, beside)))

    def receive(self, seconds: float | None = None) -> tuple[Any, str]:
        """Return what one frame holds."""
        self._wait_at_most(seconds)
        begun = self._received(_LENGTHS.size, self._end.recv(_AT_ONCE))
        body, beside = _LENGTHS.unpack_from(begun)
        if body + beside > LARGEST:
            raise Garbled(f"a frame of {body + beside} bytes, where {LARGEST} are taken at most")
        end = _LENGTHS.size + body
        whole = self._received(end + beside, begun)
        return json.loads(whole[_LENGTHS.size : end]), str(whole[end:], "utf-8", "surrogatepass")

    def close(self) -> None:
        """Close this end."""
        self._end.close()

    def _wait_at_most(self, seconds: float | None) -> None:
        if seconds != self._seconds:  # to say it again would cost a call to the system
            self._end.settimeout(seconds)
            self._seconds = seconds

    def _received(self, number: int, begun: bytes | bytearray) -> bytes | bytearray:
        """Return so many bytes, of which the first have come."""
        if not begun:
            raise ConnectionResetError("the other end is closed")
        if len(begun) >= number:
            return begun
        whole = bytearray(number)
        whole[: len(begun)] = begun
        left = memoryview(whole)[len(begun) :]
        while left:
            came = self._end.recv_into(left)
            if not came:
                raise ConnectionResetError("the other end is closed")
            left = left[came:]
        return whole


def unpacked(names: Sequence[str] | None, rows: Sequence[Any]) -> list[Any]:
    """Return records that were sent as rows under names as the dictionaries they are."""
    return list(rows) if names is None else [dict(zip(names, row, strict=True)) for row in rows]


def said(error: NetPulseError) -> dict[str, Any]:
    """Return an error as data."""
    return {"kind": type(error).__name__, "message": str(error), "state": vars(error)}


def heard(data: Mapping[str, Any]) -> NetPulseError:
    """Return the error that was said; not made by its constructor, which would word the sentence again."""
    kind: type[NetPulseError] = getattr(errors, data["kind"])
    error = kind.__new__(kind)
    Exception.__init__(error, data["message"])
    state = {name: tuple(value) if isinstance(value, list) else value for name, value in data["state"].items()}
    vars(error).update(state)
    return error
