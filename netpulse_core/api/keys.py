"""API keys: make, list, rotate and revoke them; a secret is in the answer that made it and nowhere else."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import ConfigDict, Field

from netpulse_core.api.identity import Asking, Controller
from netpulse_core.api.requests import STORABLE, Closed
from netpulse_core.api.schemas import Answer, Instant
from netpulse_core.model import caller as model
from netpulse_core.model.keys import KeyStanding

router = APIRouter(prefix="/keys", tags=["keys"])

KeyId = Annotated[str, Path(pattern=STORABLE, description="Id of a key.", examples=["5d41402abc4b"])]


class Scope(Closed):
    """What a key is narrowed to, within its role; what is left out narrows nothing."""

    model_config = ConfigDict(from_attributes=True)

    target: str = Field(default="", description="No other device exists for the key.", max_length=65536)
    runbooks: list[str] = Field(default=[], description="Names of runbooks, as shell patterns.")
    most_devices: Annotated[int, Field(strict=True)] | None = Field(default=None, description="Most devices of a run.")
    commands: list[str] = Field(default=[], description="Lines it may send to devices, as patterns of whole lines.")
    files: list[str] = Field(default=[], description="Names of files it may read, as shell patterns.")


class ToCreate(Closed):
    """A key to make."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "grafana", "role": "operator", "scope": {"target": "role=leaf"}, "lifetime": 7776000}]
        }
    )

    name: str = Field(description="Whose key it is; audit records it, and runs are its own by it.")
    role: str = Field(description="What it may do.")
    scope: Scope = Field(default_factory=Scope)
    lifetime: Annotated[float, Field(strict=True)] | None = Field(
        default=None, description="Seconds after which it opens nothing; null is never."
    )


class ToRotate(Closed):
    """How long the old key still opens the door."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap": 86400}]})

    overlap: Annotated[float, Field(strict=True)] = Field(default=0.0, description="Seconds.")


class Key(Answer):
    """A key; `used_at` is at most a minute behind, `replaces` is the id of the key it is the successor of."""

    id: str
    name: str
    role: str
    standing: KeyStanding
    created_at: Instant
    created_by: str | None
    expires_at: Instant | None
    revoked_at: Instant | None
    used_at: Instant | None
    replaces: str | None
    scope: Scope


class Keys(Answer):
    """Keys, the newest first."""

    keys: list[Key]


class NewKey(Answer):
    """A key that was just made; `key` is shown this once."""

    key: str
    made: Key


_AT_ONCE = ToRotate()


@router.get("", response_model=Keys)
def known(netpulse: Controller) -> Response:
    """List API keys, the newest first."""
    return Keys(keys=[Key.of(one) for one in netpulse.keyring.all()]).response()


@router.post("", status_code=201, response_model=NewKey)
def create(body: ToCreate, netpulse: Controller, caller: Asking) -> Response:
    """Make a key that may do no more than its maker; its text is in this answer and nowhere else."""
    lists = {name: tuple(getattr(body.scope, name)) for name in ("runbooks", "commands", "files")}
    said = body.scope.model_dump() | lists
    scope = model.Scope(**said)
    made = netpulse.keyring.create(body.name, body.role, caller, scope=scope, lifetime=body.lifetime)
    return NewKey.of(made).response(201)


@router.post("/{key}/rotate", status_code=201, response_model=NewKey)
def rotate(key: KeyId, netpulse: Controller, caller: Asking, body: ToRotate = _AT_ONCE) -> Response:
    """Make a successor that may do the same; the old key ends after the overlap."""
    return NewKey.of(netpulse.keyring.rotate(key, caller, overlap=body.overlap)).response(201)


@router.post("/{key}/revoke", response_model=Key)
def revoke(key: KeyId, netpulse: Controller, caller: Asking) -> Response:
    """End a key; within a second it opens nothing any more."""
    return Key.of(netpulse.keyring.revoke(key, caller)).response()
