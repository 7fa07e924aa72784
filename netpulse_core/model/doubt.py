"""A change nobody knows the end of: what is recorded of it, and what re-reading its device finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Problem, Step
from netpulse_core.model.session import DeviceSession

FOUND = frozenset({Outcome.CHANGED, Outcome.NOT_APPLIED, Outcome.PARTIAL})
"""What re-reading can prove of a change in doubt; whatever it cannot prove is a person's to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A job in doubt that one node may look into; only the holder of this fence may say what became of it."""

    job: int
    run: str
    device: str
    key: str
    fence: int
    runbook: str
    parameters: Mapping[str, Any]
    sessions: tuple[DeviceSession, ...]
    """Every session that changed the device, each recorded before its first byte."""
    baseline: str | None = field(repr=False)
    """The running configuration read under the lock, before the first change; None where none was."""
    quiet: float
    """Seconds since the last moment at which the push's own worker may have sent something; below 0 it still may."""
    tries: int
    unopened: str = ""
    """Why its parameters, which are sealed, do not open here; nothing is concluded by them then."""
    commands: Sequence[Mapping[str, Any]] | None = None
    """The command rules recorded with its run, to which what its runbook's `verify` sends is held too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What is recorded of a change that has begun and is not known to have ended."""

    sessions: tuple[DeviceSession, ...]
    baseline: bool
    """Whether the configuration before it is known."""
    tries: int
    """How often a worker has looked at what became of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What looking into a doubt came to: `outcome` is one of FOUND, or NEEDS_OPERATOR where nothing is proven."""

    outcome: Outcome
    problem: Problem
    steps: tuple[Step, ...] = ()
    """The journal: what was ended, read, compared and decided."""
    again_in: float | None = None
    """Seconds until it is looked into again, where it could not be yet: the job then stays in doubt."""
    secrets: tuple[str, ...] = ()
    """The references whose secrets were read for it, for the audit."""
