"""Stopping and going on: cancel a run, ask for it once more, freeze devices and thaw them."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import AwareDatetime, ConfigDict, Field

from netpulse_core.api.identity import Asking, Controller, SeenRun
from netpulse_core.api.requests import STORABLE, Closed, Key
from netpulse_core.api.schemas import Accepted, Answer, Instant
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import PRIORITIES, RerunRequest

router = APIRouter(tags=["stopping"])


class ToCancel(Closed):
    """What of a run is to be cancelled; without a body, all of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"devices": ["leaf2"], "queued_only": False}]})

    devices: list[str] = Field(default=[], description="These devices; empty is every device of the run.")
    queued_only: bool = Field(default=False, description="Leave alone what is at work.")


_ALL_OF_IT = ToCancel()


class ToRerun(Closed):
    """Which devices of a run it is asked for once more; null is what it had."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"outcomes": ["failed", "unreachable"], "priority": 8}]})

    outcomes: list[Outcome] = Field(default=[], description="Devices that ended so; empty is those not ok or changed.")
    devices: list[str] = Field(default=[], description="Only these; empty is every device of the run.")
    priority: Annotated[int, Field(strict=True, ge=PRIORITIES[0], le=PRIORITIES[-1])] | None = None
    deadline: Annotated[float, Field(strict=True)] | None = None
    confirm: Annotated[int, Field(strict=True)] | None = Field(
        default=None, description="Most devices it may be; a change of many is refused without it."
    )


_NOT_GOOD = ToRerun()


class Cancellation(Answer):
    """What a cancel did: jobs that are never executed, devices whose jobs are being stopped, and why others are not."""

    run: str
    cancelled: int
    stopping: list[str]
    refused: dict[str, str]
    after: int = Field(description="The run's last event before it: watch from there what becomes of `stopping`.")


@router.post("/runs/{run}/cancel", response_model=Cancellation)
def cancel(run: SeenRun, netpulse: Controller, caller: Asking, body: ToCancel = _ALL_OF_IT) -> Response:
    """Cancel what is queued and stop what is at work; a device whose change has begun is finished first."""
    done = netpulse.cancel(run, caller, body.devices, queued_only=body.queued_only)
    return Cancellation.of(done).response()


@router.post("/runs/{run}/rerun", status_code=202, response_model=Accepted)
def rerun(
    run: SeenRun, netpulse: Controller, caller: Asking, body: ToRerun = _NOT_GOOD, idempotency_key: Key = None
) -> Response:
    """Ask for a run once more on some of its devices: by itself those that did not end well, never one in doubt."""
    asked = RerunRequest(
        run=run,
        outcomes=tuple(body.outcomes),
        devices=tuple(body.devices),
        priority=body.priority,
        deadline=body.deadline,
        confirm=body.confirm,
        idempotency_key=idempotency_key,
    )
    accepted = Accepted.of(netpulse.rerun(asked, caller))
    return accepted.response(202, {"Location": f"/v1/runs/{accepted.run}"})


FreezeId = Annotated[str, Path(pattern=STORABLE, description="Id of a freeze.", examples=["5d41402a"])]


class ToFreeze(Closed):
    """Which devices are frozen, why, and until when."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"target": "role=spine", "reason": "core upgrade", "seconds": 7200}]}
    )

    target: str | None = Field(default=None, description="Which devices; null is every one.", max_length=65536)
    reason: str = Field(description="What everyone who waits will read.")
    reads_too: bool = Field(default=False, description="Let runs that only read wait as well.")
    until: AwareDatetime | None = Field(default=None, description="When it ends by itself: ISO 8601 with a zone.")
    seconds: Annotated[float, Field(strict=True, gt=0)] | None = Field(
        default=None, description="The same, in seconds from now."
    )


class Freeze(Answer):
    """A freeze; a `target` of null is every device, and `pushing` are changes that had begun before it."""

    id: str
    target: str | None
    reason: str
    reads_too: bool
    created_at: Instant
    created_by: str
    until_at: Instant | None
    thawed_at: Instant | None
    thawed_by: str | None
    devices: int | None
    ended: bool
    pushing: list[str]


class Freezes(Answer):
    """Freezes, the newest first."""

    freezes: list[Freeze]


@router.get("/freezes", response_model=Freezes)
def freezes(netpulse: Controller, caller: Asking, ended: bool = False) -> Response:
    """List the freezes in force, and those that ended where that is asked."""
    return Freezes(freezes=[Freeze.of(one) for one in netpulse.freezing.seen(caller, ended=ended)]).response()


@router.post("/freezes", status_code=201, response_model=Freeze)
def freeze(body: ToFreeze, netpulse: Controller, caller: Asking) -> Response:
    """Let nothing that changes begin on these devices; what has begun goes on, and is named."""
    until = None if body.until is None else body.until.timestamp()
    ends = {"until": until, "seconds": body.seconds}
    made = netpulse.freezing.begin(caller, body.target, body.reason, reads_too=body.reads_too, **ends)
    return Freeze.of(made).response(201)


@router.post("/freezes/{freeze}/thaw", response_model=Freeze)
def thaw(freeze: FreezeId, netpulse: Controller, caller: Asking) -> Response:
    """End a freeze: what waited for it goes on."""
    return Freeze.of(netpulse.freezing.thaw(freeze, caller)).response()
