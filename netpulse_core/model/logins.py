"""What stands before a login: believed host keys, breakers of devices, brakes of credentials.

Instants are seconds since 1970 UTC by the ledger's clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from netpulse_core.errors import Refused


class KeyState(StrEnum):
    """Whether a host key is believed."""

    PINNED = "pinned"
    OFFERED = "offered"
    """The device showed it and was refused; a person may approve it."""


def require_pinning(host_keys: str, known_hosts: str) -> None:
    """Raise Refused where a site believes its known_hosts file: a word on the ledger's keys would change nothing."""
    if host_keys == "known_hosts":
        raise Refused(
            "this site believes its known_hosts file, and pins no key",
            hint=f"write the key into {known_hosts} of the site; it is read again at the next login",
        )


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


class Sent(NamedTuple):
    """What a login sends, by ids that tell nothing of it."""

    credential: str
    """Of who we are: what a brake holds; empty where nothing of the kind is sent."""
    whole: str
    """Of that with the enable secret, and whatever else the connection is opened with."""


class Refusal(NamedTuple):
    """That a device refused a credential: how many seconds ago, and in which job."""

    ago: float
    job: int | None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a device's credentials: no value, and no more than names and keyed fingerprints of them."""

    took: str | None = None
    """The name of the candidate it took last."""
    refused: Mapping[str, Refusal] = field(default_factory=dict)
    """By the id of what it refused, since it last took that."""


class Taken(NamedTuple):
    """A candidate that a device took: its place in the inventory's order, its name, its user, and what was sent."""

    position: int
    name: str
    user: str
    sent: Sent


@dataclass(frozen=True, slots=True, kw_only=True)
class LastTaken:
    """What a device took when it was last logged in to; None where nobody has, since it has several candidates."""

    device: str
    driver: str | None
    first: str
    """The candidate the inventory puts first: a reference, or words where there is none."""
    took: str | None
    position: int | None
    """The place of what it took in the inventory's order; None where the inventory no longer gives it."""
    candidates: int
    """How many candidates the inventory gives."""
    user: str | None
    at: float | None
    since: float | None
    """When it began to take it."""
    old: bool
    """Whether it took another one than the first."""
