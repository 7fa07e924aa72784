"""What applying the schedule files would change, and what a schedule will do next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ChangeKind(StrEnum):
    """What applying would do to one schedule."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    SEALED = "sealed"
    """It says the same, and its parameters do not open any more: they are sealed anew, and it goes on counting."""
    REFUSED = "refused"
    """The name is that of a schedule made by API, so the file is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One schedule that would change, and each of its keys as it is and as it would be; None is not said."""

    name: str
    kind: ChangeKind
    keys: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something that is wrong with a file; `place` is its path, line and key."""

    severity: str
    place: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What applying the files would change; `id` names it, so that nothing else is applied than what was read."""

    id: str
    changes: tuple[Change, ...] = ()
    remarks: tuple[Remark, ...] = ()
    waits: bool = False
    """Whether the schedulers wait for `apply`; otherwise they follow the files by themselves."""

    @property
    def broken(self) -> bool:
        """Whether a file has an error, so that nothing can be applied."""
        return any(remark.severity == "error" for remark in self.remarks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    """One due time to come, or a local time that is none, with the reason."""

    due_at: float
    starts_at: float | None = None
    """When it is fired, jitter included; None where it is skipped."""
    local: str = ""
    """What a clock of the schedule's time zone shows, or would."""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """What a schedule will do, and what nobody can know yet, in words."""

    schedule: str
    upcoming: tuple[Upcoming, ...] = ()
    notes: tuple[str, ...] = ()
