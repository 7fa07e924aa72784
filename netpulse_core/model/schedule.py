"""Schedules: when a run is asked for without a person."""

from dataclasses import dataclass

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
    role: str = ""
    """What its runs may do; empty is what the setting `schedule_role` says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleStatus:
    """What the ledger knows of a schedule; instants are seconds since 1970 UTC."""

    name: str
    schedule: Schedule
    anchor: float
    """When counting began: an interval's due times are `anchor + n * every`."""
    last_due: float | None = None
    next_due: float | None = None
    last_run: str | None = None
    problem: str = ""
    """Why the latest fire gave no run; empty when it did."""
