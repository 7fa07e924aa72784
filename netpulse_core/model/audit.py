"""Who did what, and whether the records of it are all there as they were written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One decision; `number` and `mac` bind it to the one before, and are None for what is older than the chain."""

    number: int | None
    at: float
    actor: str
    action: str
    object: str
    body: Mapping[str, Any]
    mac: str | None = field(default=None, repr=False)
    place: int = field(default=0, repr=False)
    """Where it stands in the list: its number, and below zero for what is older than the chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The end of the chain at one instant: kept elsewhere, it shows later whether anything up to it is gone."""

    number: int
    mac: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a look at the whole chain found: `problems` is empty where every record is there as it was written."""

    first: int
    last: int
    records: int
    unchained: int
    """Records from before the chain began, of which nothing can be said."""
    problems: tuple[str, ...]
