"""The audit: who did what, and the end of its chain, to be kept elsewhere."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field

from netpulse_core.api.identity import Controller
from netpulse_core.api.requests import STORABLE
from netpulse_core.api.schemas import Answer, Instant

router = APIRouter(prefix="/audit", tags=["audit"])

Text = Annotated[str | None, Query(pattern=STORABLE)]


class AuditRecord(Answer):
    """One decision; `number` is its place in the chain, null for what is older than the chain."""

    number: int | None
    place: int = Field(description="What to pass as `before` for those that follow; below zero where `number` is null.")
    at: Instant
    actor: str
    action: str
    object: str
    body: dict[str, Any]


class AuditRecords(Answer):
    """Records, newest first; `next` is what to pass as `before` for those that follow, null where none do."""

    records: list[AuditRecord]
    next: int | None


class Anchor(Answer):
    """The end of the chain at one instant."""

    number: int
    mac: str
    at: Instant


@router.get("", response_model=AuditRecords)
def records(
    netpulse: Controller,
    actor: Text = None,
    action: Text = None,
    object: Text = None,
    before: Annotated[int | None, Query(ge=-(2**62), le=2**62, description="Last place of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """List what was decided and by whom, newest first: in the order of the chain, then what is older than it."""
    found = netpulse.ledger.audit.page(actor=actor, action=action, object=object, before=before, limit=limit + 1)
    rest = found[limit - 1].place if len(found) > limit else None
    return AuditRecords(records=[AuditRecord.of(one) for one in found[:limit]], next=rest).response()


@router.get("/anchor", response_model=Anchor)
def anchor(netpulse: Controller) -> Response:
    """Show the end of the chain: kept elsewhere, it proves later that nothing up to it is gone."""
    return Anchor.of(netpulse.ledger.audit.anchor()).response()
