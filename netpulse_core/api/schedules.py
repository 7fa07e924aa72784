"""Schedules as the ledger knows them: what they ask for, and when."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from netpulse_core.api import schemas
from netpulse_core.api.identity import Asking, Controller
from netpulse_core.api.requests import STORABLE
from netpulse_core.errors import NotFound
from netpulse_core.model.schedule import ScheduleStatus

router = APIRouter(prefix="/schedules", tags=["site"])


@router.get("", response_model=schemas.Schedules)
def known(netpulse: Controller, caller: Asking) -> Response:
    """List schedules by name; a running scheduler makes them known."""
    found = [one for one in netpulse.ledger.schedules.all() if netpulse.access.sees_schedule(caller, one.schedule)]
    return schemas.Schedules(schedules=[_shown(one) for one in found]).response()


@router.get("/{schedule}", response_model=schemas.Schedule)
def show(
    schedule: Annotated[str, Path(pattern=STORABLE, examples=["nightly-version"])],
    netpulse: Controller,
    caller: Asking,
) -> Response:
    """Show one schedule."""
    found = netpulse.ledger.schedules.one(schedule)
    if not netpulse.access.sees_schedule(caller, found.schedule):
        raise NotFound("schedule", schedule)
    return _shown(found).response()


def _shown(status: ScheduleStatus) -> schemas.Schedule:
    schedule = status.schedule
    return schemas.Schedule.of(
        {
            "name": status.name,
            "sentence": schedule.sentence,
            "enabled": schedule.enabled,
            "role": schedule.role,
            "cron": schedule.cron,
            "every": schedule.every,
            "timezone": schedule.timezone,
            "request": schemas.Asked.of(schedule.request),
            "anchor": status.anchor,
            "last_due": status.last_due,
            "next_due": status.next_due,
            "last_run": status.last_run,
            "problem": status.problem,
        }
    )
