"""Webhooks in: the one door that takes no key, because the signature says who sends; and what hooks there are."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import ConfigDict, Field, JsonValue

from netpulse_core.api.identity import Controller
from netpulse_core.api.requests import STORABLE, Closed
from netpulse_core.api.schemas import Answer, Instant
from netpulse_core.model.incoming import Became, Hook, Signature

router = APIRouter(prefix="/hooks", tags=["webhooks"])
door = APIRouter(prefix="/hooks", tags=["webhooks"])

HookName = Annotated[str, Path(pattern=STORABLE, description="Name of a hook.", examples=["interface-down"])]

_EVENT = {
    "requestBody": {
        "required": True,
        "description": "JSON, as the hook's sender writes it; signed as the hook's file says.",
        "content": {"application/json": {"schema": {"examples": [{"device": "leaf1", "state": "down"}]}}},
    }
}


class HookRun(Answer):
    """A run that an event made or was joined to, and for which of its devices."""

    run: str
    devices: list[str]
    created: bool


class Received(Answer):
    """What became of an event; `reason` says why it was ignored."""

    status: Became
    delivery: str
    runs: list[HookRun]
    reason: str


class KnownHook(Answer):
    """One file of `schedules/hooks/`; durations in seconds."""

    name: str
    sentence: str
    runbook: str
    target: str
    signature: Signature
    secrets: int = Field(description="How many secrets it takes signatures of; which is not told.")
    device: str
    when: str
    parameters: dict[str, Any]
    role: str
    debounce: float
    at_most: int
    confirm: int | None
    priority: int
    deadline: float
    enabled: bool
    last_at: Instant | None = Field(description="When it last took an event.")


class Hooks(Answer):
    """Hooks by name."""

    hooks: list[KnownHook]


class Event(Closed):
    """What a sender would send."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"body": {"device": "leaf1", "state": "down"}}]})

    body: JsonValue


class Wanted(Answer):
    """What an event would ask for; without devices it would be ignored, for that reason."""

    hook: str
    runbook: str
    devices: list[str]
    parameters: dict[str, Any]
    reason: str


@door.post("/{hook}", status_code=202, response_model=Received, openapi_extra=_EVENT)
async def receive(hook: HookName, request: Request, netpulse: Controller) -> Response:
    """Take a signed event: it makes a run, joins one that waits, or is ignored; the same delivery gives the same."""
    body = await request.body()
    return Received.of(await run_in_threadpool(netpulse.hooking.receive, hook, request.headers, body)).response(202)


@router.get("", response_model=Hooks)
def known(netpulse: Controller) -> Response:
    """List the hooks whose files are right."""
    last = netpulse.ledger.hook_events.last()
    return Hooks(hooks=[_shown(one, last.get(one.name)) for one in netpulse.hooking.hooks()]).response()


@router.get("/{hook}", response_model=KnownHook)
def show(hook: HookName, netpulse: Controller) -> Response:
    """Show one hook."""
    found = netpulse.hooking.one(hook)
    return _shown(found, netpulse.ledger.hook_events.last().get(found.name)).response()


@router.post("/{hook}/test", response_model=Wanted)
def test(hook: HookName, event: Event, netpulse: Controller) -> Response:
    """Say what an event with this body would ask for; nothing is recorded, and nothing is run."""
    return Wanted.of(netpulse.hooking.wanted(hook, event.body)).response()


def _shown(hook: Hook, last: float | None) -> KnownHook:
    said = {name: getattr(hook, name) for name in KnownHook.model_fields if hasattr(hook, name)}
    return KnownHook.of({**said, "secrets": len(hook.secrets), "last_at": last})
