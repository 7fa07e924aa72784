"""Webhooks in: what a signed event from outside may ask for, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from netpulse_core.model.run import DEFAULT_DEADLINE, DEFAULT_PRIORITY

AT_MOST = 12
"""Runs that a hook gives one device within an hour, where its file does not say `at_most`."""

HOUR = 3600.0

FROM = "from"
"""The one key of a mapping that stands for what a JMESPath expression finds in the body."""


class Signature(StrEnum):
    """How a sender proves itself."""

    NETPULSE = "netpulse"
    """As NetPulse's own webhooks and those of standardwebhooks.com: over delivery id, timestamp and body."""
    GITHUB = "github"
    """X-Hub-Signature-256, over the body alone."""


class Became(StrEnum):
    """What became of an event."""

    ACCEPTED = "accepted"
    """It made a run."""
    COALESCED = "coalesced"
    """Runs that have not begun yet are its runs too."""
    KNOWN = "known"
    """The same delivery came before."""
    IGNORED = "ignored"
    """The hook does not want it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One file of `schedules/hooks/`: which events it takes, and what they may ask for; durations are seconds."""

    name: str
    runbook: str
    target: str
    """What its events may mean at most."""
    secrets: tuple[str, ...] = field(repr=False)
    """References; a signature made with any of them is taken."""
    signature: Signature = Signature.NETPULSE
    device: str = ""
    """JMESPath to the name of a device, or to a list of names; empty is all that the target means."""
    when: str = ""
    """JMESPath that must come to true; empty wants every event."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    role: str = ""
    """What its runs may do; empty is what the setting `hook_role` says."""
    debounce: float = 0.0
    """How long a run waits for further events before it begins."""
    at_most: int = AT_MOST
    confirm: int | None = None
    priority: int = DEFAULT_PRIORITY
    deadline: float = DEFAULT_DEADLINE
    sentence: str = ""
    enabled: bool = True

    @property
    def caller(self) -> str:
        """Who asks for its runs, and what they name as their cause."""
        return f"hook:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HookEvent:
    """One verified delivery; `digest` is a hash of its body, `causes` what led to it, this hook the last."""

    hook: str
    delivery: str
    digest: str
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HookRun:
    """A run that an event made or was joined to, and for which of its devices."""

    run: str
    devices: tuple[str, ...]
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of an event, and its runs; `reason` says why it was ignored."""

    status: Became
    delivery: str
    runs: tuple[HookRun, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an event would ask for, were it sent now; without devices it would be ignored, for that reason."""

    hook: str
    runbook: str
    devices: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
