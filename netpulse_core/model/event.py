"""What is told afterwards: numbered within its run, so that a listener can go on where it stopped."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class EventKind(StrEnum):
    """What happened."""

    RUN_ACCEPTED = "run.accepted"
    RUN_CANCELLED = "run.cancelled"
    RUN_FINISHED = "run.finished"
    JOB_STARTED = "job.started"
    JOB_PUSHING = "job.pushing"
    JOB_RETRYING = "job.retrying"
    JOB_WAITING = "job.waiting"
    JOB_IN_DOUBT = "job.in_doubt"
    JOB_FINISHED = "job.finished"
    FIRE_MISSED = "fire.missed"
    COMPLIANCE_CHANGED = "compliance.changed"
    CONFIG_SUSPECT = "config.suspect"
    CONFIG_HISTORY_FAILED = "config.history_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact about a run; `number` counts from 1 without gaps, in the order the facts were committed."""

    run: str
    number: int
    kind: EventKind
    at: float
    device: str | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
