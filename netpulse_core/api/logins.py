"""Logins: host keys that are believed, breakers of devices, brakes of credentials, and a person's word on each."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import ConfigDict, Field

from netpulse_core.api.identity import Asking, Controller, chosen
from netpulse_core.api.requests import STORABLE, Closed, DeviceName, Target
from netpulse_core.api.schemas import Answer, Instant
from netpulse_core.controller import NetPulse
from netpulse_core.controller.credentials import last_taken
from netpulse_core.errors import NotFound
from netpulse_core.model.logins import KeyState, require_pinning

router = APIRouter(tags=["logins"])

EXAMPLE = "SHA256:+bqhfJd1H9NKtU6/d7LIxP1KhKLSrHAfEQdhC/qCdfQ"

BrakeId = Annotated[str, Path(pattern=STORABLE, description="Id of a brake.", examples=["5d41402abc4b"])]


class HostKey(Answer):
    """A host key; behind jump hosts, `address` names the way too."""

    device: str
    address: str
    port: int
    algorithm: str
    fingerprint: str
    state: KeyState
    first_seen_at: Instant
    seen_by: str


class HostKeys(Answer):
    """Host keys by device."""

    hostkeys: list[HostKey]


class Breaker(Answer):
    """A device that could not be reached; `open_until` is null while it may still be tried."""

    device: str
    endpoint: str
    driver: str
    failures: int
    open_until: Instant | None
    probing: bool
    failed_at: Instant | None
    last_error: str
    waiting: int


class Breakers(Answer):
    """Devices that failed since they were last reached, the open ones first."""

    breakers: list[Breaker]


class Brake(Answer):
    """A credential that nobody logs in with until it is released."""

    id: str
    user: str
    braked_at: Instant
    devices: list[str]
    waiting: int


class Brakes(Answer):
    """Credentials held now, the newest first."""

    brakes: list[Brake]


class LastTaken(Answer):
    """Which of its credentials a device took last, by a driver; `took` is null where nobody logged in yet.

    `position` is its place in the inventory's order, from 1, and null where the inventory no longer gives it.
    """

    device: str
    driver: str | None
    first: str
    took: str | None
    position: int | None
    candidates: int
    user: str | None
    at: Instant | None
    since: Instant | None
    old: bool


class LastTakens(Answer):
    """Devices that have several credentials, and what each took last."""

    credentials: list[LastTaken]


class Forgotten(Answer):
    """How many keys of a device were forgotten."""

    forgotten: int


class GoingOn(Answer):
    """How many devices have jobs that may go on; their workers see it within two seconds."""

    devices: int


class Approval(Closed):
    """The key a person has compared with the device's console."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"fingerprint": EXAMPLE}]})

    fingerprint: str = Field(description="As OpenSSH prints it: `SHA256:` and base64.")


@router.get("/hostkeys", response_model=HostKeys)
def host_keys(
    netpulse: Controller, caller: Asking, device: Annotated[str | None, Query(pattern=STORABLE)] = None
) -> Response:
    """List the host keys that are believed, and those that were offered instead."""
    if device is not None:
        netpulse.access.require_device(caller, device)
    with _told_apart(netpulse, device):
        every = netpulse.ledger.host_keys.all(device)
    found = [one for one in every if netpulse.access.sees(caller, one.device)]
    return HostKeys(hostkeys=[HostKey.of(one) for one in found]).response()


@router.post("/hostkeys/{device:path}/approve", response_model=HostKeys)
def approve(device: DeviceName, body: Approval, netpulse: Controller, caller: Asking) -> Response:
    """Believe the key a device offers, in place of the one believed until now."""
    _require_pinning(netpulse)
    netpulse.access.require_device(caller, device)
    with _told_apart(netpulse, device):
        found = netpulse.ledger.host_keys.approve(device, body.fingerprint, by=caller.name)
    return HostKeys(hostkeys=[HostKey.of(one) for one in found]).response()


@router.post("/hostkeys/{device:path}/forget", response_model=Forgotten)
def forget(device: DeviceName, netpulse: Controller, caller: Asking) -> Response:
    """Believe no key of a device any more: its next one is believed on first use."""
    _require_pinning(netpulse)
    netpulse.access.require_device(caller, device)
    with _told_apart(netpulse, device):
        forgotten = netpulse.ledger.host_keys.forget(device, by=caller.name)
    return Forgotten(forgotten=forgotten).response()


@router.get("/breakers", response_model=Breakers)
def breakers(netpulse: Controller, caller: Asking) -> Response:
    """List the devices that failed since they were last reached."""
    found = [one for one in netpulse.ledger.breakers.all() if netpulse.access.sees(caller, one.device)]
    return Breakers(breakers=[Breaker.of(one) for one in found]).response()


@router.post("/breakers/{device:path}/close", response_model=GoingOn)
def close(device: DeviceName, netpulse: Controller, caller: Asking) -> Response:
    """Close a device's breaker: its jobs try it at once."""
    netpulse.access.require_device(caller, device)
    return GoingOn(devices=len(netpulse.ledger.breakers.close(device, by=caller.name))).response()


@router.get("/brakes", response_model=Brakes)
def brakes(netpulse: Controller, caller: Asking) -> Response:
    """List the credentials that nobody may log in with."""
    sees = netpulse.access.sees
    found = [one for one in netpulse.ledger.brakes.all() if all(sees(caller, device) for device in one.devices)]
    return Brakes(brakes=[Brake.of(one) for one in found]).response()


@router.post("/brakes/{brake}/release", response_model=GoingOn)
def release(brake: BrakeId, netpulse: Controller, caller: Asking) -> Response:
    """Let a credential be used again: the jobs that wait for it try it at once."""
    return GoingOn(devices=len(netpulse.ledger.brakes.release(brake, by=caller.name))).response()


@router.get("/credentials", response_model=LastTakens)
def credentials(
    netpulse: Controller,
    caller: Asking,
    target: Target = "",
) -> Response:
    """List which of several credentials each device took last; references and users, never a value."""
    found = chosen(netpulse, caller, target)
    taken = last_taken(netpulse.site, netpulse.ledger.taken, found)
    return LastTakens(credentials=[LastTaken.of(one) for one in taken]).response()


@contextmanager
def _told_apart(netpulse: NetPulse, device: str | None) -> Iterator[None]:
    """Say of a device without a key that the inventory does not know it, where that is so.

    Only then: the key of a device that has left the inventory can still be forgotten.
    """
    try:
        yield
    except NotFound as error:
        devices = netpulse.site.devices
        if device is None or device in devices:
            raise
        known = devices if error.known else ()  # where no other device is to be proposed, none is
        raise NotFound("device", device, known=known, hint="`netpulse devices` lists those there are") from None


def _require_pinning(netpulse: NetPulse) -> None:
    require_pinning(netpulse.settings.host_keys, netpulse.settings.known_hosts)
