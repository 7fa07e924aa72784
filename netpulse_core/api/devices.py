"""Devices as the site knows them, without anything secret."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Response

from netpulse_core.api import schemas
from netpulse_core.api.identity import Asking, Controller
from netpulse_core.api.requests import DeviceName
from netpulse_core.errors import NotFound
from netpulse_core.model.device import Device
from netpulse_core.model.secrecy import without_secrets

router = APIRouter(prefix="/devices", tags=["site"])


@router.get("", response_model=schemas.Devices)
def select(
    netpulse: Controller,
    caller: Asking,
    target: Annotated[
        str, Query(description="Target expression; without one, all devices.", examples=["role=leaf"])
    ] = "",
) -> Response:
    """List devices; nothing is run on them."""
    every = netpulse.site.devices.values()
    found = netpulse.access.select(caller, target) if target.strip() else netpulse.access.seen(caller, every)
    return schemas.Devices(devices=[_shown(device) for device in found]).response()


@router.get("/{device:path}", response_model=schemas.Device)
def show(device: DeviceName, netpulse: Controller, caller: Asking) -> Response:
    """Show one device."""
    netpulse.access.require_device(caller, device)
    devices = netpulse.site.devices
    if device not in devices:
        raise NotFound("device", device, known=devices)
    return _shown(devices[device]).response()


def _shown(device: Device) -> schemas.Device:
    return schemas.Device.of(replace(device, data=without_secrets(device.data)))
