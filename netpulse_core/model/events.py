"""What plugins are told of, one class a fact: `match event: case events.JobInDoubt(device=device, run=run)`.

Each is told after it was committed, the events of one run in the order of their `number`. An event may be told twice,
by another process too, where one died before it could write down that it had told: `run` and `number` tell a
repetition from a new fact.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from netpulse_core.model.event import EventKind
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.run import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event says; `at` is seconds since 1970 UTC by the ledger's clock."""

    kind: ClassVar[EventKind]

    run: str
    number: int
    at: float
    runbook: str
    caller: str
    """Who asked for the run; `schedule:NAME` where that was a schedule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAccepted(Event):
    """A run was recorded, on so many devices."""

    kind = EventKind.RUN_ACCEPTED
    devices: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCancelled(Event):
    """Somebody cancelled a run, or devices of it: so many `jobs` had not begun, and never will.

    Those of `stopping` were running and are being stopped; `refused` says of devices why they cannot be.
    """

    kind = EventKind.RUN_CANCELLED
    cancelled_by: str
    jobs: int
    stopping: tuple[str, ...]
    refused: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished(Event):
    """Every job has an outcome. A run in doubt is told again once a worker or a person has settled its last doubt."""

    kind = EventKind.RUN_FINISHED
    verdict: Verdict
    counts: Mapping[Outcome, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FireMissed(Event):
    """A schedule's due time passed and nobody fired it in time; the run is the record of that, and nobody ran it.

    It stands for `due_times` of them at least, from `since` (None is this one alone) to `due_at`.
    """

    kind = EventKind.FIRE_MISSED
    schedule: str
    due_at: float
    since: float | None
    due_times: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStarted(Event):
    """A node has claimed a job."""

    kind = EventKind.JOB_STARTED
    device: str
    attempt: int
    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPushing(Event):
    """A job has passed its point of no return; `session` is the device's own name of the session, where it has one."""

    kind = EventKind.JOB_PUSHING
    device: str
    session: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRetrying(Event):
    """A job went back to the queue; `outcome` is what became of the attempt, None where its worker died."""

    kind = EventKind.JOB_RETRYING
    device: str
    reason: str
    outcome: Outcome | None
    attempt: int | None
    retry_in: float
    problem: Problem | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobWaiting(Event):
    """A job waits for something other than a worker: nothing was tried."""

    kind = EventKind.JOB_WAITING
    device: str
    reason: str
    problem: Problem | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobInDoubt(Event):
    """Nobody knows what a change left on its device, which is held until a worker or a person has found out."""

    kind = EventKind.JOB_IN_DOUBT
    device: str
    outcome: Outcome
    problem: Problem | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFinished(Event):
    """A job has its outcome; `resolved_by` with a `reason` is who found it out in its stead, or `reconciled_by`."""

    kind = EventKind.JOB_FINISHED
    device: str
    outcome: Outcome
    problem: Problem | None
    attempt: int | None
    elapsed: float | None
    session_reused: bool | None
    resolved_by: str | None
    reason: str | None
    reconciled_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceChanged(Event):
    """A run that judged found something else than what stood before it; one that found the same is not told of.

    `counts` are by trend: `new`, `altered`, `still_failing`, `newly_error`, `newly_waived`, `fixed`, `other`. Of
    `changes`, the first are named (`device`, `check`, `severity`, `trend`, `verdict`, `was`), and `more` were not.
    """

    kind = EventKind.COMPLIANCE_CHANGED
    counts: Mapping[str, int]
    changes: tuple[Mapping[str, Any], ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigSuspect(Event):
    """A configuration was read that is not believed, and was put in quarantine for these `reasons`."""

    kind = EventKind.CONFIG_SUSPECT
    device: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigHistoryFailed(Event):
    """The git history of configurations could not be written or pushed: the run is the last one in it."""

    kind = EventKind.CONFIG_HISTORY_FAILED
    problem: str
    failures: int
