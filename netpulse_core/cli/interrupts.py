"""SIGTERM and SIGHUP to a command that carries its own service: what Ctrl-C does, once."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from netpulse_core.cli.exits import ExitCode

NUMBERS = (signal.SIGTERM, signal.SIGHUP)


class Terminated(KeyboardInterrupt):
    """One of these signals came; whoever stops at Ctrl-C stops at it too."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.code = 128 + number


def exit_code(error: KeyboardInterrupt) -> int:
    """Return what a command that was interrupted ends with."""
    return error.code if isinstance(error, Terminated) else ExitCode.INTERRUPTED


@contextmanager
def heeded() -> Iterator[Callable[[], None]]:
    """Raise `Terminated` at the first of these signals; what is given is called where no further one may disturb.

    A signal that is ignored stays so: nohup ignores SIGHUP.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    before = {number: signal.getsignal(number) for number in NUMBERS}
    heard = [number for number in NUMBERS if before[number] is not signal.SIG_IGN]

    def deaf() -> None:
        for number in heard:
            signal.signal(number, _nothing)  # not SIG_IGN, which processes that are started would keep

    def raised(number: int, frame: object) -> None:
        deaf()  # the closing of a terminal sends SIGHUP twice, and the second would break off the drain
        raise Terminated(number)

    for number in heard:
        signal.signal(number, raised)
    try:
        yield deaf
    finally:
        for number in heard:
            signal.signal(number, before[number])


def _nothing(number: int, frame: Any) -> None:
    pass
