"""Why a run did to a device what it did."""

from fastapi import APIRouter, Response

from netpulse_core.api.identity import Asking, Controller, SeenRun
from netpulse_core.api.requests import DeviceName
from netpulse_core.api.schemas import Answer, Instant
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.state import JobState

router = APIRouter(prefix="/runs", tags=["runs"])


class Reason(Answer):
    """One part of the target, and whether it holds for the device; a part of a part is one deeper."""

    depth: int
    holds: bool
    part: str
    because: str


class Moment(Answer):
    """Something that happened to the device's job."""

    at: Instant
    what: str
    says: str
    hint: str


class Explanation(Answer):
    """What selected a device, what happened to its job in order of time, and why it is where it is."""

    run: str
    device: str
    target: str
    selected: bool
    state: JobState | None
    outcome: Outcome | None
    summary: str
    hint: str
    reasons: list[Reason]
    moments: list[Moment]
    notes: list[str]


@router.get("/{run}/devices/{device:path}/explain", response_model=Explanation)
def explain(run: SeenRun, device: DeviceName, netpulse: Controller, caller: Asking) -> Response:
    """Say why a device was selected, waits, was stopped or skipped, or is red."""
    netpulse.access.require_device(caller, device)
    return Explanation.of(netpulse.explaining.explain(netpulse.get(run), device)).response()
