"""Notifiers: what must arrive elsewhere is written down as deliveries, and sent until it has arrived."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

TEST = "webhook.test"
"""The kind of a delivery that somebody asked for to see whether an endpoint takes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A place to send to; `shown` says where that is and holds nothing secret, `kinds` are the events it wants."""

    name: str
    shown: str
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One delivery on its way; `id` is the same at each attempt, so that who gets it twice can tell."""

    id: str
    endpoint: str
    kind: str
    body: str = field(repr=False)
    """JSON, and the same at each attempt."""
    attempt: int


class Notifier(Protocol):
    """Sends to endpoints of its own; NetPulse keeps what is to be sent, and decides when."""

    name: str
    sentence: str

    def endpoints(self) -> Sequence[Endpoint]:
        """Return where it sends to; the names are of all notifiers of a site, each once."""

    def send(self, outgoing: Outgoing, secret: Callable[[str], str]) -> str:
        """Send and return a word of the answer; raise DeliveryFailed where it was not taken.

        `secret` returns the value behind a reference. It must return within half a minute, and neither what is raised
        nor what is returned may hold a secret.
        """


class DeliveryState(StrEnum):
    """Where a delivery is; DEAD is one that was given up, until somebody replays it."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event for one endpoint, and how far it is."""

    id: str
    endpoint: str
    kind: str
    run: str | None
    number: int | None
    state: DeliveryState
    attempts: int
    created_at: float
    due_at: float
    """When it is tried next, as long as it waits."""
    delivered_at: float | None
    answer: str
    problem: str
    """Why the last attempt failed."""
