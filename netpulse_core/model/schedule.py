"""Schedules: when a run is asked for without a person."""

from dataclasses import dataclass, field
from datetime import datetime

from netpulse_core.model.run import RunRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """One file of `schedules/`; exactly one of `cron` and `every` (seconds) is set."""

    name: str
    request: RunRequest
    cron: str | None = None
    every: float | None = None
    timezone: str = "UTC"
    sentence: str = ""
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleStatus:
    """A schedule with what the ledger knows of it; instants are aware and in UTC."""

    schedule: Schedule
    next_at: datetime | None
    last_due: datetime | None = None
    last_run: str | None = None
    upcoming: tuple[datetime, ...] = field(default=())
