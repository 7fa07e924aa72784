"""Who stands before every login: it may let it wait or refuse it, and hears how it went."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from netpulse_core.model.connection import ConnectionParameters


class Doorman(Protocol):
    """Asked before each session is opened, from many threads at once."""

    def admit(self, driver: str, parameters: ConnectionParameters, *, until: float) -> AbstractContextManager[None]:
        """Return what is entered around one `driver.open`.

        Entering may wait, at most until `until` (monotonic seconds), or raise a NetPulseError: then nothing is opened.
        What opening raised passes through the exit: our error, caused by the library's own, or the library's own where
        the driver has no translation for it.
        """


class OpenDoor:
    """Lets every login through at once."""

    @contextmanager
    def admit(self, driver: str, parameters: ConnectionParameters, *, until: float) -> Iterator[None]:
        """Let it through."""
        yield
