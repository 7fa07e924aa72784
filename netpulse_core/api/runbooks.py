"""Runbooks on offer, and what each of them takes."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from netpulse_core.api import schemas
from netpulse_core.api.identity import Controller
from netpulse_core.controller import NetPulse
from netpulse_core.model.runbook import Runbook

router = APIRouter(prefix="/runbooks", tags=["site"])


@router.get("", response_model=schemas.Runbooks)
def offered(netpulse: Controller) -> Response:
    """List runbooks by name."""
    shown = [_shown(netpulse, runbook) for runbook in netpulse.plugins.runbooks.values()]
    return schemas.Runbooks(runbooks=shown).response()


@router.get("/{runbook}", response_model=schemas.Runbook)
def show(runbook: Annotated[str, Path(examples=["send_commands"])], netpulse: Controller) -> Response:
    """Show one runbook."""
    return _shown(netpulse, netpulse.plugins.runbook(runbook)).response()


def _shown(netpulse: NetPulse, runbook: Runbook) -> schemas.Runbook:
    return schemas.Runbook(
        name=runbook.name,
        sentence=runbook.sentence,
        changes=runbook.changes,
        timeout=runbook.timeout,
        attempts=runbook.attempts,
        queue=runbook.queue,
        drivers=list(runbook.drivers),
        platforms=list(runbook.platforms),
        source=netpulse.plugins.source_of(runbook.name),
        parameters=runbook.parameters.model_json_schema(),
    )
