"""Standard output and error that outlive their reader: a command goes on to its own exit code."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO, cast


class Stream:
    """A stream that goes quiet where its pipe is closed or its terminal is gone."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()  # asked of one that is gone, it is none
        self.left = False
        """Whether its reader has left."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write where somebody reads."""
        with self._bearing():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Hand on what was written."""
        with self._bearing():
            self._stream.flush()

    def give_up(self) -> None:
        """Let the rest go nowhere."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())  # what is still in buffers goes there too
        os.close(nowhere)

    @contextmanager
    def _bearing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            gone = error.errno == errno.EPIPE or (self._terminal and error.errno == errno.EIO)
            if not gone:  # a disk that is full is told
                raise
            self.left = True
            self.give_up()


@contextmanager
def outliving() -> Iterator[None]:
    """Let standard output and error be such streams meanwhile."""
    before = sys.stdout, sys.stderr
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:  # for one that was closed (`>&-`): Python has None
        out, err = Stream(sys.stdout or nowhere), Stream(sys.stderr or nowhere)
        sys.stdout, sys.stderr = cast("TextIO", out), cast("TextIO", err)
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before
            lost = _lost(out)
            if lost is not None:  # what came of the command is in its exit code all the same
                with suppress(OSError):
                    err.write(f"netpulse: the end of the output could not be written: {lost.strerror}\n")
            _lost(err)


def _lost(stream: Stream) -> OSError | None:
    """Flush a stream; return why it did not take the rest, which is then given up."""
    try:
        stream.flush()
    except OSError as error:
        stream.give_up()  # or Python would try once more as it ends, and that would be its exit code
        return error
    return None


def unread() -> bool:
    """Whether nobody reads standard output any more."""
    return bool(getattr(sys.stdout, "left", False))
