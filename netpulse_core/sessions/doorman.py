"""Who stands before every login: it may let it wait or refuse it, and hears how it went."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from enum import Enum
from typing import Protocol

from netpulse_core.model.connection import ConnectionParameters
from netpulse_core.model.logins import Sent
from netpulse_core.sessions.credential import sent

_KEY = secrets.token_bytes(32)
"""Of this process alone, as the fingerprints of who has no ledger are."""


class Standing(Enum):
    """How a credential stands with the devices that were asked lately."""

    GOOD = "good"
    RESTING = "resting"
    """Several refused it and none took it: where a device has another, that is tried first."""
    HELD = "held"
    """A brake holds it: nobody logs in with it."""


class Doorman(Protocol):
    """Asked before each session is opened, from many threads at once."""

    def admit(self, driver: str, parameters: ConnectionParameters, *, until: float) -> AbstractContextManager[None]:
        """Return what is entered around one `driver.open`.

        Entering may wait, at most until `until` (monotonic seconds), or raise a NetPulseError: then nothing is opened.
        What opening raised passes through the exit: our error, caused by the library's own, or the library's own where
        the driver has no translation for it.
        """

    def sent(self, parameters: ConnectionParameters) -> Sent:
        """Return the ids of what a login sends, equal wherever the same is."""

    def standing(self, parameters: ConnectionParameters) -> Standing:
        """Return how the credential of a login stands, as far as is known without asking the device."""

    def none_taken(self, driver: str, refused: Sequence[ConnectionParameters]) -> None:
        """Hear that a device refused these and took no other: only now does each refusal count against its brake."""


class OpenDoor:
    """Lets every login through at once."""

    def sent(self, parameters: ConnectionParameters) -> Sent:
        """Return ids that mean something in this process alone."""
        return sent(parameters, _KEY)

    def standing(self, parameters: ConnectionParameters) -> Standing:
        """Know nothing against it."""
        return Standing.GOOD

    def none_taken(self, driver: str, refused: Sequence[ConnectionParameters]) -> None:
        """Count nothing."""

    @contextmanager
    def admit(self, driver: str, parameters: ConnectionParameters, *, until: float) -> Iterator[None]:
        """Let it through."""
        yield
