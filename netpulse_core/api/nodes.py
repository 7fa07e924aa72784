"""Nodes: which workers live, what they hold, and the sessions each has open."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Path, Response

from netpulse_core.api import schemas
from netpulse_core.api.identity import Asking, Controller
from netpulse_core.api.schemas import Answer, Instant
from netpulse_core.broker.seen import sessions_of
from netpulse_core.model.session import Move, SessionState

router = APIRouter(prefix="/nodes", tags=["site"])


class Session(Answer):
    """A connection to a device; `idle` is the seconds nobody has had it lent, null while somebody has.

    One that failed stays in the list until it is opened again or forgotten; `reason` is why.
    """

    device: str
    driver: str
    address: str
    port: int | None
    user: str | None
    state: SessionState
    since: Instant
    uses: int
    idle: float | None
    reason: str


class SessionMove(Answer):
    """One step of one session from state to state."""

    device: str
    driver: str
    before: SessionState
    move: Move
    after: SessionState
    at: Instant
    reason: str


class Sessions(Answer):
    """What one node showed at one instant: at most 2,000 of its `total` sessions, and its latest moves first."""

    node: str
    name: str
    at: Instant
    total: int
    sessions: list[Session]
    counters: dict[str, int]
    moves: list[SessionMove]


@router.get("", response_model=schemas.Nodes)
def living(netpulse: Controller) -> Response:
    """List living nodes and those that ended lately, the newest first."""
    return schemas.Nodes(nodes=[schemas.Node.of(node) for node in netpulse.nodes()]).response()


@router.get("/{node}/sessions", response_model=Sessions)
def sessions(node: Annotated[str, Path(examples=["hand"])], netpulse: Controller, caller: Asking) -> Response:
    """Show the sessions of a living node, named by its name or its id."""
    found, sees = sessions_of(netpulse.broker, netpulse.nodes(), node), netpulse.access.sees
    if not caller.scope.target:
        return Sessions.of(found).response()
    shown = tuple(one for one in found.sessions if sees(caller, one.device))
    moves = tuple(one for one in found.moves if sees(caller, one.device))
    mine = replace(found, total=len(shown), sessions=shown, moves=moves, counters={})  # which count all devices
    return Sessions.of(mine).response()
