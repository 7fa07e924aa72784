"""Webhooks: the endpoints events are sent to, what is on its way, and a person's word on it."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from netpulse_core.api.identity import Asking, Controller
from netpulse_core.api.requests import STORABLE
from netpulse_core.api.schemas import Answer, Instant
from netpulse_core.errors import NotFound
from netpulse_core.model.notifier import DeliveryState

router = APIRouter(prefix="/webhooks", tags=["webhooks"])

DeliveryId = Annotated[
    str, Path(pattern=STORABLE, description="Id of a delivery.", examples=["01jd8m0000000000000000000d"])
]


class Webhook(Answer):
    """An endpoint of this process's site; `shown` is where it is, without its path."""

    name: str
    notifier: str
    shown: str
    events: list[str]


class Webhooks(Answer):
    """Endpoints by name."""

    webhooks: list[Webhook]


class Delivery(Answer):
    """One event for one endpoint; `run` is null where somebody only tested it."""

    id: str
    endpoint: str
    kind: str
    run: str | None
    number: int | None
    state: DeliveryState
    attempts: int
    created_at: Instant
    due_at: Instant
    delivered_at: Instant | None
    answer: str
    problem: str


class Deliveries(Answer):
    """Deliveries, newest first; `next` is what to pass as `before` for those that follow, null where none do."""

    deliveries: list[Delivery]
    next: str | None


@router.get("", response_model=Webhooks)
def known(netpulse: Controller) -> Response:
    """List the endpoints that events are sent to."""
    found = netpulse.plugins.endpoints()
    shown = [
        Webhook(name=name, notifier=notifier.name, shown=one.shown, events=sorted(one.kinds))
        for name, (notifier, one) in sorted(found.items())
    ]
    return Webhooks(webhooks=shown).response()


@router.get("/deliveries", response_model=Deliveries)
def deliveries(
    netpulse: Controller,
    endpoint: Annotated[str | None, Query(pattern=STORABLE)] = None,
    state: DeliveryState | None = None,
    before: Annotated[str | None, Query(pattern=STORABLE, description="Last id of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Response:
    """List deliveries, newest first."""
    found = netpulse.ledger.deliveries.page(endpoint=endpoint, state=state, before=before, limit=limit + 1)
    shown = [Delivery.of(one) for one in found[:limit]]
    return Deliveries(deliveries=shown, next=shown[-1].id if len(found) > limit else None).response()


@router.get("/deliveries/{delivery}", response_model=Delivery)
def show(delivery: DeliveryId, netpulse: Controller) -> Response:
    """Show one delivery."""
    return Delivery.of(netpulse.ledger.deliveries.one(delivery)).response()


@router.post("/deliveries/{delivery}/replay", response_model=Delivery)
def replay(delivery: DeliveryId, netpulse: Controller, caller: Asking) -> Response:
    """Send a delivery that has ended once more, under its own id."""
    return Delivery.of(netpulse.ledger.deliveries.replay(delivery, caller.name)).response()


@router.post("/{endpoint}/test", response_model=Delivery)
def test(
    endpoint: Annotated[str, Path(pattern=STORABLE, description="Name of an endpoint.", examples=["pager"])],
    netpulse: Controller,
    caller: Asking,
) -> Response:
    """Send an endpoint a delivery that tells of nothing; its state says what became of it."""
    known = netpulse.plugins.endpoints()
    if endpoint not in known:
        raise NotFound("endpoint", endpoint, known=known)
    return Delivery.of(netpulse.ledger.deliveries.test(endpoint, caller.name)).response()
