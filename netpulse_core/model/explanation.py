"""Why a run did to a device what it did: what selected it, and what happened to it, in order of time."""

from dataclasses import dataclass

from netpulse_core.model.outcome import Outcome
from netpulse_core.model.state import JobState


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One part of a target expression, and whether it holds for a device; parts of a part are one deeper."""

    depth: int
    holds: bool
    part: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that happened to a device's job; `what` is one word for it."""

    at: float
    what: str
    says: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """All that is recorded of a run on one device, with the reason it is where it is."""

    run: str
    device: str
    target: str
    selected: bool
    state: JobState | None
    """None where the run has no job on this device."""
    outcome: Outcome | None
    summary: str
    hint: str
    reasons: tuple[Reason, ...]
    moments: tuple[Moment, ...]
    notes: tuple[str, ...]
    """What limits what can be said: another revision of the site, events that are no longer kept."""
