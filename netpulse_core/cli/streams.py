"""Standard output and error that outlive their reader and their disk: a command goes on to its own exit code."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, cast


class Stream:
    """A stream that goes quiet where its pipe is closed, its terminal is gone or, unless `patient`, its disk is full.

    A patient one, of log lines, is written on: it has a gap, and what comes once there is room again is not lost.
    """

    def __init__(self, stream: TextIO, *, patient: bool = False) -> None:
        self._stream = stream
        self._patient = patient
        self._terminal = stream.isatty()  # asked of one that is gone, it is none
        self.left = False
        """Whether its reader has left."""
        self.lost: OSError | None = None
        """Why what was written is not all there, where somebody wanted it."""

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

    def end(self) -> None:
        """Hand on the rest, or let it go: Python would try once more as it ends, and that would be its exit code."""
        try:
            self._stream.flush()
        except OSError:
            self.give_up()

    def give_up(self) -> None:
        """Let the rest go nowhere: not behind a gap, where it would be taken for the whole."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())  # what is still in buffers goes there too
        os.close(nowhere)

    @contextmanager
    def _bearing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            gone = error.errno == errno.EPIPE or (self._terminal and error.errno == errno.EIO)
            if not gone:
                self.lost = self.lost or error
                if self._patient:
                    return
            self.left = True
            self.give_up()


@contextmanager
def outliving() -> Iterator[Stream]:
    """Let standard output and error be such streams meanwhile; yield that of the output, which is flushed behind it."""
    before = sys.stdout, sys.stderr
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:  # for one that was closed (`>&-`): Python has None
        out, err = Stream(sys.stdout or nowhere), Stream(sys.stderr or nowhere, patient=True)
        sys.stdout, sys.stderr = cast("TextIO", out), cast("TextIO", err)
        try:
            yield out
        finally:
            sys.stdout, sys.stderr = before
            out.flush()
            if out.lost is not None:  # what came of the command is in its exit code all the same
                err.write(f"netpulse: the end of the output could not be written: {out.lost.strerror}\n")
            err.end()


def unread() -> bool:
    """Whether nobody reads standard output any more."""
    return bool(getattr(sys.stdout, "left", False))
