"""Nodes: which workers live, and what they hold."""

from fastapi import APIRouter, Response

from netpulse_core.api import schemas
from netpulse_core.api.identity import Controller

router = APIRouter(prefix="/nodes", tags=["site"])


@router.get("", response_model=schemas.Nodes)
def living(netpulse: Controller) -> Response:
    """List living nodes and those that ended lately, the newest first."""
    return schemas.Nodes(nodes=[schemas.Node.of(node) for node in netpulse.nodes()]).response()
