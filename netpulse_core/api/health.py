"""Whether the process is up, and whether the parts it stands on answer; asked without a key, so nothing is told."""

from fastapi import APIRouter, Response

from netpulse_core.api import schemas
from netpulse_core.api.errors import away, problem
from netpulse_core.api.identity import Controller
from netpulse_core.api.openapi import PROBLEMS
from netpulse_core.errors import ServiceError

router = APIRouter(tags=["health"], responses=PROBLEMS)


@router.get("/healthz", response_model=schemas.Alive)
async def healthz() -> Response:
    """Say that the process is up; nothing else is asked."""
    return schemas.Alive().response()


@router.get("/readyz", response_model=schemas.Ready)
def readyz(netpulse: Controller) -> Response:
    """Say whether runs can be accepted, and which part is away."""
    try:
        history = netpulse.ledger.config_exports.well()
        living = [node for node in netpulse.nodes() if node.alive and not node.draining]
    except ServiceError as error:
        return problem(away(error))
    return schemas.Ready(
        ready=True, ledger=True, broker=netpulse.broker.answers(), workers=len(living), history=history
    ).response()
