"""Schedules: those of files as the ledger knows them, and those made here."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from netpulse_core.api import scheduled, schemas
from netpulse_core.api.identity import Asking, Controller
from netpulse_core.api.requests import STORABLE, Key
from netpulse_core.controller.scheduling import Scheduling
from netpulse_core.model.schedule import ScheduleStatus

router = APIRouter(prefix="/schedules", tags=["schedules"])

Name = Annotated[str, Path(pattern=STORABLE, description="Name of a schedule.", examples=["nightly-version"])]
Made = Annotated[str, Path(pattern=STORABLE, description="Name of a schedule made by API.", examples=["uplinks"])]


def _scheduling(netpulse: Controller) -> Scheduling:
    return Scheduling(netpulse)


def _telling(netpulse: Controller) -> Callable[[ScheduleStatus], scheduled.Schedule]:
    return partial(scheduled.shown, netpulse)


Handled = Annotated[Scheduling, Depends(_scheduling)]
Tell = Annotated[Callable[[ScheduleStatus], scheduled.Schedule], Depends(_telling)]
"""Makes the answer that says a schedule."""
_ANY = scheduled.ToApply()


@router.get("", response_model=scheduled.Schedules)
def known(schedules: Handled, caller: Asking, tell: Tell) -> Response:
    """List schedules by name; a running scheduler makes those of files known."""
    return scheduled.Schedules(schedules=[tell(one) for one in schedules.seen(caller)]).response()


@router.get("/{schedule}", response_model=scheduled.Schedule)
def show(schedule: Name, schedules: Handled, caller: Asking, tell: Tell) -> Response:
    """Show one schedule."""
    return tell(schedules.one(schedule, caller)).response()


@router.get("/{schedule}/next", response_model=scheduled.Ahead)
def upcoming(
    schedule: Name, schedules: Handled, caller: Asking, limit: Annotated[int, Query(ge=1, le=500)] = 20
) -> Response:
    """Show when a schedule is due next, and why a time is skipped."""
    return scheduled.Ahead.of(schedules.ahead(schedule, caller, limit)).response()


@router.get("/{schedule}/fires", response_model=scheduled.Fires)
def fires(
    schedule: Name, schedules: Handled, caller: Asking, limit: Annotated[int, Query(ge=1, le=500)] = 20
) -> Response:
    """List what became of a schedule's due times, the latest first."""
    found = schedules.fires(schedule, caller, limit)
    return scheduled.Fires(fires=[scheduled.Fire.of(one) for one in found]).response()


@router.post("", status_code=201, response_model=scheduled.Schedule)
def make(body: scheduled.ToMake, schedules: Handled, caller: Asking, tell: Tell) -> Response:
    """Make a schedule; it runs as `schedule:NAME`, in a role that is never above its maker's."""
    said = body.said()
    made = schedules.make(str(said.pop("name")), said, caller)
    return tell(made).response(201, {"Location": f"/v1/schedules/{made.name}"})


@router.put("/{schedule}", response_model=scheduled.Schedule)
def replace(schedule: Made, body: scheduled.Definition, schedules: Handled, caller: Asking, tell: Tell) -> Response:
    """Change a schedule that was made here, all of it; unless it says the same, it starts counting now."""
    return tell(schedules.replace(schedule, body.said(), caller)).response()


@router.delete("/{schedule}", response_model=scheduled.Schedule)
def remove(schedule: Made, schedules: Handled, caller: Asking, tell: Tell) -> Response:
    """Remove a schedule that was made here, and show what it was."""
    return tell(schedules.remove(schedule, caller)).response()


@router.post("/plan", response_model=scheduled.Plan)
def plan(schedules: Handled, caller: Asking) -> Response:
    """Show what applying the service's schedule files would change, key by key."""
    return scheduled.Plan.of(schedules.plan(caller)).response()


@router.post("/apply", response_model=scheduled.Plan)
def apply(schedules: Handled, caller: Asking, body: scheduled.ToApply = _ANY) -> Response:
    """Make the service's schedule files what the ledger knows; all of them, or none where one has an error."""
    return scheduled.Plan.of(schedules.apply(caller, body.plan)).response()


@router.post("/{schedule}/pause", response_model=scheduled.Schedule)
def pause(schedule: Name, body: scheduled.Reason, schedules: Handled, caller: Asking, tell: Tell) -> Response:
    """Let a schedule not fire until it is resumed; what is due meanwhile is neither fired nor missed."""
    return tell(schedules.pause(schedule, caller, body.reason)).response()


@router.post("/{schedule}/resume", response_model=scheduled.Schedule)
def resume(schedule: Name, schedules: Handled, caller: Asking, tell: Tell) -> Response:
    """Let a schedule fire again, from now on."""
    return tell(schedules.resume(schedule, caller)).response()


@router.post("/{schedule}/run", status_code=202, response_model=schemas.Accepted)
def run_now(schedule: Name, schedules: Handled, caller: Asking, idempotency_key: Key = None) -> Response:
    """Ask for what a schedule asks for, as oneself; when the schedule is due stays as it is."""
    accepted = schemas.Accepted.of(schedules.run_now(schedule, caller, idempotency_key))
    return accepted.response(202, {"Location": f"/v1/runs/{accepted.run}"})
