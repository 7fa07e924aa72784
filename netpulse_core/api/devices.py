"""Devices as the site knows them, without anything secret."""

from dataclasses import replace

from fastapi import APIRouter, Response

from netpulse_core.api import schemas
from netpulse_core.api.identity import Asking, Controller, chosen
from netpulse_core.api.requests import DeviceName, Target
from netpulse_core.errors import NotFound
from netpulse_core.model.device import Device
from netpulse_core.model.secrecy import without_secrets

router = APIRouter(prefix="/devices", tags=["site"])


@router.get("", response_model=schemas.Devices)
def select(
    netpulse: Controller,
    caller: Asking,
    target: Target = "",
) -> Response:
    """List devices; nothing is run on them."""
    found = chosen(netpulse, caller, target)
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
