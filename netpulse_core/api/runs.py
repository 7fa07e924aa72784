"""Runs: ask for one, read what became of it, resolve what is in doubt."""

from functools import partial
from typing import Annotated

import anyio
from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from netpulse_core.api import requests, schemas
from netpulse_core.api.identity import Asking, Controller, SeenRun
from netpulse_core.api.requests import STORABLE, DeviceName, Key
from netpulse_core.api.staying import Staying
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.run import RunRequest

router = APIRouter(prefix="/runs", tags=["runs"])

LARGEST_ID = 2**53

Wait = Annotated[float, Query(ge=0, le=30, description="Seconds to wait for the run to finish.")]

Text = Annotated[str | None, Query(pattern=STORABLE)]


@router.post("", status_code=202, response_model=schemas.Accepted)
def submit(body: requests.RunRequest, netpulse: Controller, caller: Asking, idempotency_key: Key = None) -> Response:
    """Ask for a run; once this answers 202, it is recorded."""
    override = None if body.override is None else body.override.window
    asked = body.model_dump(exclude={"override"})
    request = RunRequest(**asked, idempotency_key=idempotency_key, override_window=override)
    accepted = schemas.Accepted.of(netpulse.submit(request, caller))
    return accepted.response(202, {"Location": f"/v1/runs/{accepted.run}"})


@router.get("", response_model=schemas.Runs)
def page(
    netpulse: Controller,
    asking: Asking,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: Annotated[str | None, Query(pattern=STORABLE, description="Last id of the page before.")] = None,
    runbook: Text = None,
    caller: Text = None,
    schedule: Text = None,
    verdict: Verdict | None = None,
    finished: bool | None = None,
    device: Text = None,
) -> Response:
    """List runs, newest first."""
    found = netpulse.runs(
        seen=netpulse.access.sight(asking),
        limit=limit + 1,
        before=before,
        runbook=runbook,
        caller=caller,
        schedule=schedule,
        verdict=verdict,
        finished=finished,
        device=device,
    )
    shown = [schemas.Run.of(run) for run in found[:limit]]
    return schemas.Runs(runs=shown, next=shown[-1].id if len(found) > limit else None).response()


@router.get("/{run}", response_model=schemas.Run)
async def show(run: SeenRun, netpulse: Controller, caller: Asking, request: Request, wait: Wait = 0.0) -> Response:
    """Show one run and how far it is, once it has finished where `wait` says how long that may take.

    Who waits is refused within a second of the end of their key.
    """
    state = request.app.state
    if not wait or not state.streams.has_room(caller.name):  # who waits is told at once, and may ask again
        return await run_in_threadpool(lambda: schemas.Run.of(netpulse.get(run)).response())
    work = partial(netpulse.wait, run, wait, stopped=state.stopping.is_set)
    # Abandoned when the caller is gone: the thread ends by itself within two seconds of news or of its time.
    waiting = partial(anyio.to_thread.run_sync, work, abandon_on_cancel=True, limiter=state.stream_threads)
    with state.streams.one_more(caller.name):
        found = await Staying(request, netpulse, run).during(waiting)
    return await run_in_threadpool(lambda: schemas.Run.of(found).response())


@router.get("/{run}/devices", response_model=schemas.Jobs)
def jobs(
    run: SeenRun,
    netpulse: Controller,
    outcome: Outcome | None = None,
    after: Annotated[int, Query(ge=0, le=LARGEST_ID, description="Last id of the page before.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
) -> Response:
    """List a run's devices in the order of the inventory, each with its outcome or why it waits."""
    found = netpulse.jobs(run, outcome=outcome, after=after, limit=limit + 1)
    shown = [schemas.Job.of(job) for job in found[:limit]]
    return schemas.Jobs(devices=shown, next=shown[-1].id if len(found) > limit else None).response()


@router.get("/{run}/devices/{device:path}", response_model=schemas.JobWithSteps)
def job(run: SeenRun, device: DeviceName, netpulse: Controller) -> Response:
    """Show a run's work on one device with its outputs."""
    found = schemas.Job.of(netpulse.ledger.jobs.one(netpulse.get(run).id, device))
    steps = [schemas.Step.of(step) for step in netpulse.steps(run, device).get(device, ())]
    return schemas.JobWithSteps(**dict(found), steps=steps).response()


@router.get("/{run}/outputs", response_model=schemas.Outputs)
def outputs(run: SeenRun, netpulse: Controller, device: Text = None) -> Response:
    """Show what each device answered."""
    found = netpulse.steps(run, device)
    shown = {name: [schemas.Step.of(step) for step in steps] for name, steps in found.items()}
    return schemas.Outputs(outputs=shown).response()


@router.get("/{run}/groups", response_model=schemas.Groups)
def groups(run: SeenRun, netpulse: Controller) -> Response:
    """Show what the devices answered, those that said the same together."""
    return schemas.Groups(groups=[schemas.OutputGroup.of(group) for group in netpulse.groups(run)]).response()


@router.post("/{run}/devices/{device:path}/resolve", response_model=schemas.Job)
def resolve(
    run: SeenRun, device: DeviceName, body: requests.Resolution, netpulse: Controller, caller: Asking
) -> Response:
    """Say what a person found on a device whose job is in doubt, which frees the device."""
    netpulse.resolve(run, device, body.outcome, body.reason, caller)
    return schemas.Job.of(netpulse.ledger.jobs.one(run, device)).response()
