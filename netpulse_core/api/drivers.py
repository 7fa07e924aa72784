"""Drivers on offer: which of their methods read, and what each platform can do."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from netpulse_core.api import schemas
from netpulse_core.api.identity import Controller
from netpulse_core.controller import NetPulse
from netpulse_core.errors import NotFound
from netpulse_core.model.driver import Driver

router = APIRouter(prefix="/drivers", tags=["site"])


@router.get("", response_model=schemas.Drivers)
def offered(netpulse: Controller) -> Response:
    """List drivers by name."""
    shown = [_shown(netpulse, driver) for driver in netpulse.plugins.drivers.values()]
    return schemas.Drivers(drivers=shown).response()


@router.get("/{driver}", response_model=schemas.Driver)
def show(driver: Annotated[str, Path(examples=["netmiko"])], netpulse: Controller) -> Response:
    """Show one driver."""
    known = netpulse.plugins.drivers
    if driver not in known:
        raise NotFound("driver", driver, known=known)
    return _shown(netpulse, known[driver]).response()


def _shown(netpulse: NetPulse, driver: Driver) -> schemas.Driver:
    return schemas.Driver(
        name=driver.name,
        sentence=driver.sentence,
        source=netpulse.plugins.driver_source(driver.name),
        reads=sorted(driver.reads),
        commands=sorted(driver.commands),
        abilities={platform: list(words) for platform, words in driver.abilities().items()},
    )
