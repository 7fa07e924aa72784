"""The model's nouns, made of what the service says; what this program does not know yet is left out."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from netpulse_core.model.device import Device
from netpulse_core.model.event import Event, EventKind
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.run import Accepted, Job, OutputGroup, Problem, Run, RunRequest, Step
from netpulse_core.model.schedule import (
    Fire,
    FireState,
    Fold,
    Gap,
    Misfire,
    Overlap,
    Pause,
    Schedule,
    ScheduleStatus,
    Source,
)
from netpulse_core.model.session import Move, Moved, NodeSessions, OpenSession, SessionState
from netpulse_core.model.state import JobState
from netpulse_core.model.stopping import Cancellation

INSTANTS = frozenset({"at", "open_until", "not_before", "anchor", "last_due", "next_due", "since", "passed"})
"""Members that are instants, besides those that end in `_at`; the model holds seconds since 1970."""


def noun[T](kind: type[T], data: Mapping[str, Any], /, **made: Any) -> T:
    """Return a noun made of the members it has a field for; `made` are those that are more than text and numbers."""
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]  # every noun is a dataclass
    plain = {name: _plain(name, value) for name, value in data.items() if name in known and name not in made}
    return kind(**plain, **made)


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, str) and (name in INSTANTS or name.endswith("_at")):
        return datetime.fromisoformat(value).timestamp()
    return value


def accepted(data: Mapping[str, Any]) -> Accepted:
    """Return what a request became."""
    return noun(Accepted, data, notes=tuple(data.get("notes", ())))


def run(data: Mapping[str, Any]) -> Run:
    """Return a run."""
    return noun(
        Run,
        data,
        counts={Outcome(name): count for name, count in data["counts"].items()},
        verdict=Verdict(data["verdict"]) if data["verdict"] else None,
    )


def job(data: Mapping[str, Any]) -> Job:
    """Return a job."""
    return noun(
        Job,
        data,
        state=JobState(data["state"]),
        outcome=Outcome(data["outcome"]) if data["outcome"] else None,
        problem=noun(Problem, data["problem"]) if data["problem"] else None,
    )


def step(data: Mapping[str, Any]) -> Step:
    """Return a step."""
    return noun(Step, data, path=tuple((number, name) for number, name in data.get("path", ())))


def answer(data: Mapping[str, Any]) -> tuple[Job, list[Step]]:
    """Return a job, and its steps."""
    return job(data), [step(one) for one in data["steps"]]


def event(data: Mapping[str, Any]) -> Event:
    """Return an event."""
    return noun(Event, data, kind=EventKind(data["kind"]))


def group(data: Mapping[str, Any]) -> OutputGroup:
    """Return devices that answered the same."""
    return noun(OutputGroup, data, devices=tuple(data["devices"]))


def device(data: Mapping[str, Any]) -> Device:
    """Return a device."""
    return noun(Device, data, groups=tuple(data["groups"]))


def sessions(data: Mapping[str, Any]) -> NodeSessions:
    """Return the sessions of a node."""
    return noun(
        NodeSessions,
        data,
        sessions=tuple(noun(OpenSession, one, state=SessionState(one["state"])) for one in data["sessions"]),
        moves=tuple(_moved(one) for one in data["moves"]),
    )


def _moved(data: Mapping[str, Any]) -> Moved:
    before, after = SessionState(data["before"]), SessionState(data["after"])
    return noun(Moved, data, before=before, after=after, move=Move(data["move"]))


def cancellation(data: Mapping[str, Any]) -> Cancellation:
    """Return what a cancel did."""
    return noun(Cancellation, data, stopping=tuple(data["stopping"]))


def schedule(data: Mapping[str, Any]) -> ScheduleStatus:
    """Return a schedule and how it goes."""
    said = noun(
        Schedule,
        data,
        request=noun(RunRequest, data["request"]),
        misfire=Misfire(data["misfire"]) if data.get("misfire") else None,
        overlap=Overlap(data.get("overlap", Overlap.SKIP)),
        gap=Gap(data["gap"]) if data.get("gap") else None,
        fold=Fold(data["fold"]) if data.get("fold") else None,
    )
    return noun(
        ScheduleStatus,
        data,
        schedule=said,
        source=Source(data.get("source", Source.FILE)),
        paused=noun(Pause, data["paused"]) if data.get("paused") else None,
        last_fire=fire(data["last_fire"]) if data.get("last_fire") else None,
        waiting=fire(data["waiting"]) if data.get("waiting") else None,
    )


def fire(data: Mapping[str, Any]) -> Fire:
    """Return what became of a due time."""
    return noun(Fire, data, state=FireState(data["state"]))
