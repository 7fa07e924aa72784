"""Devices as the site knows them, without anything secret."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from netpulse_core.api import schemas
from netpulse_core.api.identity import Controller
from netpulse_core.api.requests import DeviceName
from netpulse_core.errors import NotFound
from netpulse_core.model.device import Device

router = APIRouter(prefix="/devices", tags=["site"])

SECRET = re.compile(
    r"pass(word|wd|phrase)|secret|token|credential|api_?key|private_?key|community(?!_?list)"
    r"|(?:^|_)(pass|pwd|psk|auth|keys?)(?:_|$)"
)
"""Names of data that is left out; it errs to silence, because a value that was shown cannot be taken back."""


@router.get("", response_model=schemas.Devices)
def select(
    netpulse: Controller,
    target: Annotated[
        str, Query(description="Target expression; without one, all devices.", examples=["role=leaf"])
    ] = "",
) -> Response:
    """List devices; nothing is run on them."""
    found = netpulse.preview(target) if target.strip() else netpulse.site.devices.values()
    return schemas.Devices(devices=[_shown(device) for device in found]).response()


@router.get("/{device:path}", response_model=schemas.Device)
def show(device: DeviceName, netpulse: Controller) -> Response:
    """Show one device."""
    devices = netpulse.site.devices
    if device not in devices:
        raise NotFound("device", device, known=devices)
    return _shown(devices[device]).response()


def _shown(device: Device) -> schemas.Device:
    return schemas.Device.of(replace(device, data=_open(device.data)))


def _open(data: Any) -> Any:
    """Return the data without what is secret by its name, however deep it stands."""
    if isinstance(data, Mapping):
        return {key: _open(value) for key, value in data.items() if not _is_secret(key)}
    if isinstance(data, (list, tuple)):
        return [_open(value) for value in data]
    return data


def _is_secret(key: object) -> bool:
    return SECRET.search(str(key).lower().replace("-", "_")) is not None
