"""Stopping: cancel a run or some devices of it."""

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from netpulse_core.api.identity import Asking, Controller
from netpulse_core.api.requests import Closed, RunId
from netpulse_core.api.schemas import Answer

router = APIRouter(tags=["stopping"])


class ToCancel(Closed):
    """What of a run is to be cancelled; without a body, all of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"devices": ["leaf2"], "queued_only": False}]})

    devices: list[str] = Field(default=[], description="These devices; empty is every device of the run.")
    queued_only: bool = Field(default=False, description="Leave alone what is at work.")


_ALL_OF_IT = ToCancel()


class Cancellation(Answer):
    """What a cancel did: jobs that are never executed, devices whose jobs are being stopped, and why others are not."""

    run: str
    cancelled: int
    stopping: list[str]
    refused: dict[str, str]
    after: int = Field(description="The run's last event before it: watch from there what becomes of `stopping`.")


@router.post("/runs/{run}/cancel", response_model=Cancellation)
def cancel(run: RunId, netpulse: Controller, caller: Asking, body: ToCancel = _ALL_OF_IT) -> Response:
    """Cancel what is queued and stop what is at work; a device whose change has begun is finished first."""
    done = netpulse.cancel(run, caller, body.devices, queued_only=body.queued_only)
    return Cancellation.of(done).response()
