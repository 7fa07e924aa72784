"""What people stop, and what came of that."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """What a cancel did to the jobs of a run."""

    run: str
    cancelled: int
    """Jobs that were queued, and are never executed."""
    stopping: tuple[str, ...] = ()
    """Devices whose jobs are at work, before any change; their workers have been asked to stop them."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Why it could not be done, by device."""
    after: int = 0
    """Number of the run's last event before it, to watch what becomes of those that are stopping."""
