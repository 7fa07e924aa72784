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


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFreeze:
    """A freeze to be recorded; `keys` are those its target selects on `revision`."""

    id: str
    target: str | None
    """None means every device."""
    reason: str
    reads_too: bool = False
    until: float | None = None
    seconds: float | None = None
    """Seconds after which it ends, by the ledger's clock."""
    revision: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """Devices on which nothing that changes begins, and where it says so nothing that reads either."""

    id: str
    target: str | None
    """None means every device."""
    reason: str
    reads_too: bool
    created_at: float
    created_by: str
    until_at: float | None
    thawed_at: float | None
    thawed_by: str | None
    devices: int | None
    """How many it is known to mean; None is every one."""
    ended: bool
    pushing: tuple[str, ...] = ()
    """Devices whose change had begun before it, and goes on."""
