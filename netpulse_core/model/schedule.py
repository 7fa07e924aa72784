"""Schedules: when a run is asked for without a person, and what became of each due time."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from netpulse_core.model.run import RunRequest

ON_TIME = 300.0
"""Seconds after its due time within which a fire still is on time, where the schedule does not say `start_within`."""

ASTRAY = 60.0
"""Seconds by which a schedule may count from a time to come: by more, the ledger's clock was ahead when it said so."""


class Misfire(StrEnum):
    """What becomes of a due time that nobody fired within `start_within`."""

    RUN = "run"
    """One run for all that passed."""
    SKIP = "skip"
    """A run recorded as `missed`, and an alert."""


class Overlap(StrEnum):
    """What becomes of a due time whose previous run is still going."""

    SKIP = "skip"
    QUEUE = "queue"
    """It is fired once that run has finished; one waits at most."""
    ALLOW = "allow"


class Gap(StrEnum):
    """What becomes of a local time that never comes, because the clock is set forward over it."""

    RUN = "run"
    """It is due at the moment the clock is set."""
    SKIP = "skip"


class Fold(StrEnum):
    """When a local time is due that comes twice, because the clock is set back over it."""

    FIRST = "first"
    SECOND = "second"
    BOTH = "both"


class Source(StrEnum):
    """Where a schedule comes from; one name belongs to one of them."""

    FILE = "file"
    API = "api"


class FireState(StrEnum):
    """What became of a due time."""

    FIRED = "fired"
    QUEUED = "queued"
    """It waits for the run before it."""
    SKIPPED = "skipped"
    MISSED = "missed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What is run, and when: exactly one of `cron`, `every` (seconds) and `at` (seconds since 1970 UTC) is set."""

    name: str
    request: RunRequest
    cron: str | None = None
    every: float | None = None
    at: float | None = None
    timezone: str = "UTC"
    sentence: str = ""
    enabled: bool = True
    role: str = ""
    """What its runs may do; empty is what the setting `schedule_role` says."""
    jitter: float = 0.0
    """Seconds over which its fires are spread; where one falls, the schedule's name and the due time decide."""
    start_within: float | None = None
    """Seconds after which a fire is late; None is `ON_TIME`, and no bound for one that is queued."""
    misfire: Misfire | None = None
    """None is `run` for a runbook that reads, `skip` for one that changes devices."""
    overlap: Overlap = Overlap.SKIP
    gap: Gap | None = None
    """None is `run`, and `skip` where cron's minute or hour begins with `*`."""
    fold: Fold | None = None
    """None is `first`, and `both` where cron's minute or hour begins with `*`."""

    @property
    def caller(self) -> str:
        """Who asks for its runs; a run by hand is its person's."""
        return f"schedule:{self.name}"

    def starts(self, due_at: float) -> float:
        """Return when a due time is fired: some seconds later where there is jitter, always the same ones."""
        if not self.jitter:
            return due_at
        digest = hashlib.sha256(f"{self.name} {due_at!r}".encode()).digest()
        return due_at + self.jitter * int.from_bytes(digest[:8]) / 2**64

    def late_after(self, due_at: float) -> float:
        """Return the instant after which a due time is misfired."""
        return self.starts(due_at) + (ON_TIME if self.start_within is None else self.start_within)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Somebody's word that a schedule does not fire."""

    at: float
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fire:
    """What became of one due time; instants are seconds since 1970 UTC."""

    due_at: float
    state: FireState
    fired_at: float
    run: str | None = None
    problem: str = ""
    """Why it gave no run, or none yet."""
    since: float | None = None
    """The first of several due times this stands for."""
    due_times: int = 1
    """How many due times it stands for; as many at least, where the clock would have to be asked for each."""


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
    source: Source = Source.FILE
    made_by: str = ""
    """Who made a schedule of the API."""
    paused: Pause | None = None
    passed: float | None = None
    """Due times until then are behind it, although nothing was fired: it was paused, or the ledger restored."""
    digest: str = ""
    """A hash of the definition."""
    unopened: str = ""
    """Why its parameters, which are sealed, do not open here; it has them with marks then, and is not fired."""
    last_fire: Fire | None = None
    waiting: Fire | None = None
    """The due time that waits for the run before it."""

    @property
    def after(self) -> float:
        """The instant after which due times are still to come; a one-shot's may lie before it was known."""
        start = -1.0 if self.schedule.at is not None else self.anchor
        return max(start, self.last_due or -1.0, self.passed or -1.0)

    def strays(self, now: float) -> bool:
        """Whether the schedule counts from a time to come, until which nothing of it would be due."""
        return max(self.anchor, self.after) > now + ASTRAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A due time that has come, of a schedule as its definition was; it may stand for several, the first at `since`."""

    schedule: Schedule
    digest: str
    due_at: float
    since: float | None = None
    due_times: int = 1
    unopened: str = ""
    """Why what it would ask for is not known here: then nothing is asked for."""
    after: float | None = None
    """Up to where the schedule was behind when this was found due: with more behind it by now, it is not any more."""
