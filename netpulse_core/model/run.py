"""Runs and jobs: what was asked, and what became of it on each device.

Instants are seconds since 1970 UTC by the ledger's clock; durations are seconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from netpulse_core.model.backup import Captured
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.runbook import Queue
from netpulse_core.model.state import JobState

LAST = "last"
"""What a person may write instead of the id of the run accepted last."""

DEFAULT_PRIORITY = 5
PRIORITIES = range(10)
"""0 is the least urgent, 9 the most."""

DEFAULT_DEADLINE = 3600.0
LONGEST_DEADLINE = 30 * 86400.0
"""Seconds that a run may have from its acceptance."""

HEAD_START = 600.0
"""Seconds of waiting that one step of priority is worth: nobody starves, because waiting counts too."""


def rank(accepted_at: float, priority: int) -> float:
    """Return the key that jobs are claimed in, least first: age and urgency in one number that never changes."""
    return accepted_at - HEAD_START * priority


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What a caller asks for; `deadline` is seconds from acceptance, after which nothing of it starts."""

    runbook: str
    target: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    priority: int = DEFAULT_PRIORITY
    deadline: float = DEFAULT_DEADLINE
    idempotency_key: str | None = None
    diagnose: bool = False
    """Whether it is a read of devices in doubt that does not wait for the doubt to end."""
    override_window: str | None = None
    """Why it may pass maintenance windows and blackouts; None is that it may not."""
    confirm: int | None = None
    """The most devices the caller expects; a change of many is refused where the target means more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RerunRequest:
    """A run to ask for once more, on some of its devices; None is what it had."""

    run: str
    outcomes: tuple[Outcome, ...] = ()
    """Devices that ended so; empty is those that did not end well, or all that are named."""
    devices: tuple[str, ...] = ()
    """Only these; empty is every device of the run."""
    priority: int | None = None
    deadline: float | None = None
    idempotency_key: str | None = None
    confirm: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The run a request became; `created` is False where an earlier request with the same key had made it."""

    run: str
    devices: int
    created: bool
    notes: tuple[str, ...] = ()
    """Why some of it will have to wait, where that is known already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A request that passed every question, ready to be recorded."""

    id: str
    runbook: str
    target: str
    parameters: Mapping[str, Any]
    changes: bool
    queue: Queue
    timeout: float
    attempts: int
    priority: int
    deadline: float
    caller: str
    revision: str
    idempotency_key: str | None
    fingerprint: str
    """Hashes of the request as given and as validated: one in common makes it the same request under a key."""
    schedule: str | None = None
    diagnostic: bool = False
    """Whether its jobs read devices in doubt, on sessions of their own."""
    repeats: str | None = None
    """The run it asks for once more."""
    devices: tuple[tuple[str, str], ...] = ()
    """Name and key of each device selected, in the order of the inventory."""
    files: tuple[str, ...] = ()
    """Hashes of the files its parameters name."""
    override_window: str | None = None
    """Why it may pass maintenance windows and blackouts."""
    expected: Mapping[str, float] = field(default_factory=dict)
    """Seconds that its change is expected to take, by device."""
    starts_in: float = 0.0
    """Seconds from its acceptance in which nothing of it begins."""
    commands: Sequence[Mapping[str, Any]] = ()
    """The command rules its caller is held to, as `CommandPolicy.data` says them; each line is judged by them again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One accepted request and how far it is."""

    id: str
    runbook: str
    target: str
    parameters: Mapping[str, Any]
    changes: bool
    caller: str
    priority: int
    revision: str
    schedule: str | None
    accepted_at: float
    deadline_at: float
    finished_at: float | None
    devices: int
    unfinished: int
    counts: Mapping[Outcome, int]
    verdict: Verdict | None
    repeats: str | None = None
    """The run it asks for once more, on some of its devices."""
    outputs_removed_at: float | None = None
    """Since when what the devices answered is no longer kept."""
    events_removed_at: float | None = None
    override_window: str | None = None
    """Why it may pass maintenance windows and blackouts; None where it may not."""

    @property
    def finished(self) -> bool:
        """Whether every job has an outcome; a job in doubt has one."""
        return self.verdict is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error as data: what happened, and what to do next."""

    kind: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A run's work on one device."""

    id: int
    run: str
    device: str
    state: JobState
    outcome: Outcome | None
    attempt: int
    node: str | None
    waiting_for: str
    """What a job waits for, in words; empty when it does not wait."""
    not_before: float
    claimed_at: float | None
    finished_at: float | None
    problem: Problem | None
    session_reused: bool | None
    device_session: str | None
    diagnostic: bool = False
    """Whether it is a read of a device in doubt, which holds nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A job that a node holds; only the holder of this fence may move it."""

    job: int
    run: str
    device: str
    key: str
    fence: int
    attempt: int
    runbook: str
    parameters: Mapping[str, Any]
    changes: bool
    queue: Queue
    timeout: float
    attempts: int
    caller: str
    rank: float
    deadline_at: float
    pushes: int
    """How often the device had been changed when it was claimed; no other job changes it while it is held."""
    crashes: int = 0
    """Workers and processes that died under it: after one it runs in its own, after two beside no such other."""
    diagnostic: bool = False
    """Whether it reads a device in doubt: on sessions of its own, with no older answers and none left for others."""
    sealed: bool = False
    """Whether secrets stand in its parameters, which the ledger keeps sealed."""
    unopened: str = ""
    """Why they do not open here: then nothing is done, for what was asked for is not known."""
    commands: Sequence[Mapping[str, Any]] | None = None
    """The command rules that every line it sends is held to, as they were recorded with its run."""
    left: float
    """Seconds from the claim to the deadline, so that a node need not trust its own wall clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One Nornir result of a job: `label` is the command or task, `body` text or JSON data."""

    label: str
    body: Any = None
    changed: bool = False
    failed: bool = False
    diff: str = ""
    error: str = ""
    elapsed: float = 0.0
    age: float | None = None
    """Seconds since the device gave this answer, where an earlier job had asked for it; None is from this job."""
    path: tuple[tuple[int, str], ...] = ()
    """Each task from the runbook's first down to this one, as its number among its siblings and its name; empty is the
    runbook itself."""
    severity: int = 20
    """Nornir's severity level: a level of `logging`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshAnswer:
    """What a device answered in this job, for later reads: `key` is the hash of all that decides the answer."""

    key: str
    text: str
    taken: float
    """Monotonic seconds of the node."""


FREE_WORKER, OWNER = "a free worker", "a worker to own the device"
"""What a job waits for that nothing is in the way of: first any worker, or the one that keeps the device's session."""

ALONE = "a worker to run it alone in a process, because the one before died under it"


def commit_label(run: str, job: int) -> str:
    """Return what a device keeps beside a commit of a job: at most 60 characters, none of which needs quotes."""
    return f"netpulse run {run} job {job}"


def to_resolve(run: str, device: str) -> str:
    """Return the hint for a job in doubt."""
    return f"look at the device, then: netpulse resolve {run} {device} --as OUTCOME --reason TEXT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What a node writes back of a job; `elapsed` is the seconds this attempt took."""

    outcome: Outcome
    steps: tuple[Step, ...] = ()
    problem: Problem | None = None
    session_reused: bool | None = None
    elapsed: float = 0.0
    answers: tuple[FreshAnswer, ...] = field(default=(), repr=False)
    retry_in: float | None = None
    """Seconds until the next attempt, where the job goes back to the queue and `outcome` is why."""
    waits_on: str = ""
    """What the job waits on, where nothing was tried: it goes back to the queue, and no attempt is counted."""
    handed_back: bool = False
    """Whether it goes back to the queue for a reason of its worker's: no attempt is counted."""
    crashed: bool = False
    """Whether a process ended under what goes back to the queue; it counts as a worker's death does."""
    secrets: tuple[str, ...] = ()
    """The references whose secrets were read for it, for the audit."""
    captures: tuple[Captured, ...] = field(default=(), repr=False)
    """What was read of the device's configuration, to be kept with this conclusion."""

    @property
    def uncounted(self) -> bool:
        """Whether this is no attempt of the job's budget."""
        return self.handed_back or bool(self.waits_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputGroup:
    """Devices that gave the same output to the same command."""

    label: str
    blob: str
    devices: tuple[str, ...]
    body: Any
