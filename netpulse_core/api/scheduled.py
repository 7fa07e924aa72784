"""Schedules as they are asked for and answered."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import ConfigDict, Field, JsonValue
from pydantic.config import JsonDict

from netpulse_core.api.requests import Closed
from netpulse_core.api.schemas import Answer, Instant
from netpulse_core.controller import NetPulse
from netpulse_core.model.run import DEFAULT_PRIORITY
from netpulse_core.model.schedule import FireState, Fold, Gap, Misfire, Overlap, ScheduleStatus, Source
from netpulse_core.model.scheduleplan import ChangeKind

Seconds = Annotated[float | str | None, Field(description="Seconds, or such as 15m, 1h30m, 1d.")]


_ASKED: JsonDict = {
    "runbook": "send_commands",
    "target": "leaf1",
    "parameters": {"commands": ["show clock"]},
    "cron": "0 2 * * *",
    "timezone": "Europe/Berlin",
}


class Definition(Closed):
    """What to run and when: the keys of a schedule file, exactly one of `cron`, `every` and `at` among them."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ASKED]})

    runbook: str = Field(description="Name of a runbook.")
    target: str = Field(description="Which devices.", max_length=65536)
    parameters: dict[str, JsonValue] = Field(default_factory=dict, description="As the runbook's own schema says.")
    cron: str | None = Field(default=None, description="Five fields, or @daily.")
    every: Seconds = None
    at: str | None = Field(default=None, description="ISO 8601 with its zone: once, then.")
    timezone: str = Field(default="UTC", description="IANA name of the clock that cron follows.")
    priority: Annotated[int, Field(strict=True)] = DEFAULT_PRIORITY
    deadline: Seconds = None
    description: str = ""
    enabled: bool = True
    role: str = Field(default="", description="Never above the maker's; empty is the maker's.")
    jitter: Seconds = None
    start_within: Seconds = None
    misfire: Misfire | None = None
    overlap: Overlap | None = None
    gap: Gap | None = None
    fold: Fold | None = None
    confirm: Annotated[int, Field(strict=True)] | None = Field(
        default=None, description="Most devices the target may mean; a change of many is refused without it."
    )

    def said(self) -> dict[str, Any]:
        """Return what was said, as a file would say it."""
        return {name: value for name, value in self.model_dump(exclude_unset=True).items() if value is not None}


class ToMake(Definition):
    """A schedule to make, and its name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "clocks", **_ASKED}]})

    name: str


class Reason(Closed):
    """Why a schedule is paused."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "the core is being moved"}]})

    reason: str = Field(description="What everyone who wonders will read.")


class ToApply(Closed):
    """Which plan is to be applied."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})

    plan: str = Field(default="", description="Id of the plan that was read; empty is whatever the files say now.")


class Asked(Answer):
    """What a schedule asks for."""

    runbook: str
    target: str
    parameters: dict[str, Any]
    priority: int
    deadline: float
    confirm: int | None


class Pause(Answer):
    """Somebody's word that a schedule does not fire."""

    at: Instant
    by: str
    reason: str


class Fire(Answer):
    """What became of a due time; it stands for `due_times` of them, the first at `since`."""

    due_at: Instant
    state: FireState
    fired_at: Instant
    run: str | None
    problem: str
    since: Instant | None
    due_times: int


class Fires(Answer):
    """What became of a schedule's due times, the latest first."""

    fires: list[Fire]


class Schedule(Answer):
    """A schedule and how it goes; exactly one of `cron`, `every` (seconds) and `at` is set."""

    name: str
    source: Source
    made_by: str
    sentence: str
    enabled: bool
    role: str = Field(description="Role of its runs; empty is what the setting `schedule_role` says.")
    cron: str | None
    every: float | None
    at: Instant | None
    timezone: str
    jitter: float
    start_within: float | None
    misfire: Misfire | None
    overlap: Overlap
    gap: Gap | None
    fold: Fold | None
    request: Asked
    paused: Pause | None
    anchor: Instant
    last_due: Instant | None
    next_due: Instant | None
    passed: Instant | None
    last_run: str | None
    problem: str
    last_fire: Fire | None
    waiting: Fire | None
    digest: str


class Schedules(Answer):
    """Schedules by name."""

    schedules: list[Schedule]


class Change(Answer):
    """One schedule that applying would change; each key as it is and as it would be."""

    name: str
    kind: ChangeKind
    keys: dict[str, tuple[Any, Any]]


class Remark(Answer):
    """Something that is wrong with a file."""

    severity: str
    place: str
    message: str
    hint: str


class Plan(Answer):
    """What applying the files would change."""

    id: str
    changes: list[Change]
    remarks: list[Remark]
    waits: bool = Field(description="Whether schedulers wait for it to be applied; else they follow the files.")


class Upcoming(Answer):
    """A due time to come, or one that is skipped: then `starts_at` is null."""

    due_at: Instant
    starts_at: Instant | None
    local: str
    reason: str


class Ahead(Answer):
    """What a schedule will do, and what cannot be known yet."""

    schedule: str
    upcoming: list[Upcoming]
    notes: list[str]


def shown(netpulse: NetPulse, status: ScheduleStatus) -> Schedule:
    """Return the answer that says a schedule, with marks in the place of secrets."""
    schedule = status.schedule
    own = ("sentence", "enabled", "role", "cron", "every", "at", "timezone", "jitter", "start_within", "misfire")
    said: Mapping[str, Any] = {name: getattr(schedule, name) for name in (*own, "overlap", "gap", "fold")}
    of_status = {name: getattr(status, name) for name in Schedule.model_fields if hasattr(status, name)}
    asked = Asked.of(schedule.request)
    seen = asked.model_copy(update={"parameters": netpulse.ledger.parameters.shown(asked.parameters)})
    return Schedule.of({**of_status, **said, "request": seen})
