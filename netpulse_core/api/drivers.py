"""Drivers on offer: which of their methods read, and what each platform can do."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Response

from netpulse_core.api.identity import Controller
from netpulse_core.api.schemas import Answer
from netpulse_core.controller import NetPulse
from netpulse_core.errors import NotFound
from netpulse_core.model import driver as model

router = APIRouter(prefix="/drivers", tags=["site"])


class Driver(Answer):
    """A way to devices.

    A runbook that only reads may call the methods in `reads`, and those in `commands` with lines that are known to
    read on the platform; every other method crosses the gate. `abilities` is what each platform can do, empty where
    all are alike.
    """

    name: str
    sentence: str
    source: str
    reads: list[str]
    commands: list[str]
    abilities: dict[str, list[str]]


class Drivers(Answer):
    """Drivers by name."""

    drivers: list[Driver]


@router.get("", response_model=Drivers)
def offered(netpulse: Controller) -> Response:
    """List drivers by name."""
    shown = [_shown(netpulse, driver) for driver in netpulse.plugins.drivers.values()]
    return Drivers(drivers=shown).response()


@router.get("/{driver}", response_model=Driver)
def show(driver: Annotated[str, Path(examples=["netmiko"])], netpulse: Controller) -> Response:
    """Show one driver."""
    known = netpulse.plugins.drivers
    if driver not in known:
        raise NotFound("driver", driver, known=known)
    return _shown(netpulse, known[driver]).response()


def _shown(netpulse: NetPulse, driver: model.Driver) -> Driver:
    # A driver of one's own need not be a subclass.
    abilities: Mapping[str, Sequence[str]] = getattr(driver, "abilities", dict)()
    return Driver(
        name=driver.name,
        sentence=getattr(driver, "sentence", ""),
        source=netpulse.plugins.driver_source(driver.name),
        reads=sorted(driver.reads),
        commands=sorted(driver.commands),
        abilities={platform: list(words) for platform, words in abilities.items()},
    )
