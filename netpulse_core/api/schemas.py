"""What is answered: the model's nouns as JSON, instants as ISO 8601 in UTC."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from netpulse_core.model.event import EventKind
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.runbook import Queue
from netpulse_core.model.state import JobState

Instant = Annotated[datetime, Field(description="ISO 8601, UTC.", examples=["2026-01-31T02:00:00Z"])]
"""The model holds seconds since 1970; pydantic reads those as UTC."""


class Answer(BaseModel):
    """Something the service says."""

    model_config = ConfigDict(from_attributes=True)

    @classmethod
    def of(cls, noun: object) -> Self:
        """Return the answer that says this noun."""
        return cls.model_validate(noun)

    def response(self, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        """Return the response; rendered here because FastAPI would do it in another thread hop."""
        return Response(self.model_dump_json(), status, headers, "application/json")


class Accepted(Answer):
    """The run a request became; `created` is false where an earlier request with the same key had made it."""

    run: str
    devices: int
    created: bool
    notes: list[str] = Field(default=[], description="Why some of it will have to wait, where that is known already.")


class Run(Answer):
    """One accepted request and how far it is."""

    id: str
    runbook: str
    target: str
    parameters: dict[str, Any]
    changes: bool
    caller: str
    priority: int
    revision: str
    schedule: str | None
    accepted_at: Instant
    deadline_at: Instant
    finished_at: Instant | None
    devices: int
    unfinished: int
    counts: dict[Outcome, int]
    verdict: Verdict | None
    repeats: str | None
    finished: bool
    outputs_removed_at: Instant | None
    events_removed_at: Instant | None
    override_window: str | None = Field(description="Why it may pass maintenance windows; null where it may not.")


class JobProblem(Answer):
    """What happened on a device, and what to do next."""

    kind: str
    message: str
    hint: str


class Job(Answer):
    """A run's work on one device."""

    id: int
    run: str
    device: str
    state: JobState
    outcome: Outcome | None
    attempt: int
    node: str | None
    waiting_for: str
    not_before: Instant
    claimed_at: Instant | None
    finished_at: Instant | None
    problem: JobProblem | None
    session_reused: bool | None
    device_session: str | None
    diagnostic: bool = False


class Step(Answer):
    """One result on one device; `label` is the command or task."""

    label: str
    body: Any
    changed: bool
    failed: bool
    diff: str
    error: str
    elapsed: float
    age: float | None = None
    path: list[tuple[int, str]] = []
    severity: int = 20


class OutputGroup(Answer):
    """Devices that answered the same."""

    label: str
    blob: str
    devices: list[str]
    body: Any


class Event(Answer):
    """One fact about a run, as the `data:` of a server-sent event."""

    run: str
    number: int
    kind: EventKind
    at: Instant
    device: str | None
    body: dict[str, Any]


class Runs(Answer):
    """A page of runs, newest first; pass `next` as `before` to go on."""

    runs: list[Run]
    next: str | None


class Jobs(Answer):
    """A page of a run's devices; pass `next` as `after` to go on."""

    devices: list[Job]
    next: int | None


class JobWithSteps(Job):
    """A run's work on one device, with what the device answered."""

    steps: list[Step]


class Outputs(Answer):
    """What each device answered."""

    outputs: dict[str, list[Step]]


class Groups(Answer):
    """What the devices answered, those that said the same together."""

    groups: list[OutputGroup]


class Device(Answer):
    """A device as the site knows it, without anything secret."""

    name: str
    key: str
    address: str
    port: int | None
    platform: str | None
    groups: list[str]
    data: dict[str, Any]


class Devices(Answer):
    """Devices in the order of the inventory."""

    devices: list[Device]


class Runbook(Answer):
    """A runbook on offer; `parameters` is the JSON schema of what it takes."""

    name: str
    sentence: str
    changes: bool
    timeout: float
    attempts: int
    queue: Queue
    drivers: list[str] = []
    platforms: list[str] = []
    source: str
    parameters: dict[str, Any]


class Runbooks(Answer):
    """Runbooks by name."""

    runbooks: list[Runbook]


class Node(Answer):
    """One life of one worker process."""

    id: str
    name: str
    revision: str
    slots: int
    fifo_only: bool
    started_at: Instant
    seen_at: Instant
    alive: bool
    draining: bool
    devices: int
    sessions: int
    running: int


class Nodes(Answer):
    """Living nodes and those that ended within the last hour."""

    nodes: list[Node]


class Alive(Answer):
    """The process is up."""

    status: str = "ok"


class Ready(Answer):
    """Which parts answer; without its broker the service still accepts runs, later found by the workers."""

    ready: bool
    ledger: bool
    broker: bool
    workers: int
    history: bool = Field(default=True, description="Whether the git history of configurations is written and pushed.")


class Problem(BaseModel):
    """RFC 9457; further members say more where they apply: `problems`, `known`, `permission`, `retry_after`."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["urn:netpulse:error:NotFound"])
    title: str
    status: int
    detail: str = Field(description="What happened, to whom.")
    hint: str = Field(description="What to do next; may be empty.")
    problems: list[str] | None = None
    known: list[str] | None = None
    known_count: int | None = None
    permission: str | None = None
    retry_after: float | None = None
