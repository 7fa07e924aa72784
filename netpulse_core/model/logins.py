"""What stands before a login: believed host keys, breakers of devices, brakes of credentials.

Instants are seconds since 1970 UTC by the ledger's clock.
"""

from dataclasses import dataclass
from enum import StrEnum


class KeyState(StrEnum):
    """Whether a host key is believed."""

    PINNED = "pinned"
    OFFERED = "offered"
    """The device showed it and was refused; a person may approve it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenHostKey:
    """A host key the ledger knows; behind a jump host, `address` names the way too."""

    device: str
    address: str
    port: int
    algorithm: str
    fingerprint: str
    state: KeyState
    first_seen_at: float
    seen_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """A device that could not be reached or logged in to; `open_until` is None while it may still be tried."""

    device: str
    endpoint: str
    driver: str
    failures: int
    open_until: float | None
    probing: bool
    """Whether one login is trying it now."""
    failed_at: float | None
    last_error: str
    waiting: int
    """Jobs that wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brake:
    """A credential that several devices refused: nobody logs in with it until it is released."""

    id: str
    """The beginning of the credential's keyed fingerprint, which says nothing of its value."""
    user: str
    braked_at: float
    devices: tuple[str, ...]
    """Those that refused it."""
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Why a login may not be tried now; `retry_in` is seconds."""

    on: str
    """What a job waits on, as the ledger names it; equal for all that wait for the same thing."""
    reason: str
    hint: str
    retry_in: float
