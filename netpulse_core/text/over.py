"""What goes between a process and the one it renders and parses in: JSON in frames, errors of ours among it."""

import json
import socket
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from netpulse_core import errors
from netpulse_core.errors import NetPulseError

LARGEST = 256 * 1024 * 1024
_LENGTH = struct.Struct("!I")


class Line:
    """One end of a pair of sockets; raises OSError where the other is gone, TimeoutError where nothing comes."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def send(self, data: Any, seconds: float | None = None) -> None:
        """Send one frame."""
        body = json.dumps(data, default=str).encode()
        self._end.settimeout(seconds)
        self._end.sendall(_LENGTH.pack(len(body)) + body)

    def receive(self, seconds: float | None = None) -> Any:
        """Return what one frame holds."""
        self._end.settimeout(seconds)
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
        if length > LARGEST:
            raise OSError(f"a frame of {length} bytes")
        return json.loads(self._exactly(length))

    def close(self) -> None:
        """Close this end."""
        self._end.close()

    def _exactly(self, number: int) -> bytes:
        first = self._end.recv(number)
        if len(first) == number:
            return first
        whole = bytearray(first)
        while len(whole) < number:
            more = self._end.recv(min(number - len(whole), 1 << 20))
            if not more:
                raise ConnectionResetError("the other end is closed")
            whole += more
        return bytes(whole)


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
