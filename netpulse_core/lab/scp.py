"""The receiving end of scp, as `scp -t FILE` speaks it: a header, the bytes, and an acknowledgement for each."""

import re

from netpulse_core.lab.flash import Flash

_HEADER = re.compile(rb"C[0-7]{4} (\d+) [^\n]+\n")
_OK = b"\x00"


class Sink:
    """Takes one file into a flash; feed it bytes and send what it answers."""

    def __init__(self, flash: Flash, command: str, *, enabled: bool) -> None:
        self._flash = flash
        self._path = command.split()[-1]
        self._input = b""
        self._left: int | None = None
        self._body = b""
        self.over = not enabled
        self.greeting = _OK if enabled else b"\x01Administratively disabled.\n"

    def feed(self, data: bytes) -> bytes:
        """Return the answer to some bytes."""
        self._input += data
        answer = b""
        while self._input and (said := self._step()) is not None:
            answer += said
        return answer

    def _step(self) -> bytes | None:
        if self._left is None:
            if self._input[:1] == b"T":  # times, which a router does not keep
                return self._cut(self._input.find(b"\n") + 1)
            header = _HEADER.match(self._input)
            if header is None:
                return None
            self._left = int(header[1])
            return self._cut(header.end())
        if self._left:
            self._body += self._input[: self._left]
            taken = min(self._left, len(self._input))
            self._left -= taken
            self._input = self._input[taken:]
            return b""
        self._flash.write(self._path, self._body.decode("utf-8", "replace"))
        self._left, self._body = None, b""
        return self._cut(1)

    def _cut(self, length: int) -> bytes | None:
        if not length:
            return None
        self._input = self._input[length:]
        return _OK
