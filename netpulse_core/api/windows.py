"""Maintenance windows and blackouts as this service reads them: which there are, and what is open now."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import Field

from netpulse_core.api.identity import Asking, Controller, chosen
from netpulse_core.api.requests import STORABLE, Target
from netpulse_core.api.schemas import Answer, Instant
from netpulse_core.controller import NetPulse
from netpulse_core.errors import NotFound
from netpulse_core.model.caller import Caller
from netpulse_core.model.window import Kind, WindowState

router = APIRouter(prefix="/windows", tags=["stopping"])

WindowName = Annotated[str, Path(pattern=STORABLE, description="Name of a window.", examples=["nightly-leafs"])]


class Opening(Answer):
    """Whether changes may begin on a device now; an instant of null is not within the year."""

    device: str
    open: bool
    windows: list[str] = Field(description="The windows and blackouts that bind it; without any it is always open.")
    words: str
    closes_at: Instant | None
    opens_at: Instant | None = Field(description="When they may next, after now.")


class Openings(Answer):
    """Devices in the order of the inventory, as the ledger's clock stands."""

    at: Instant
    devices: list[Opening]


class Window(Answer):
    """One file of `schedules/windows/`."""

    name: str
    kind: Kind
    target: str
    timezone: str = Field(description="An IANA name, or `device`: each device's own.")
    reason: str
    reads: bool = Field(description="Whether runs that only read wait as well.")
    when: list[str]
    devices: int
    open: int = Field(description="Devices of it on which changes may begin now.")


class OneWindow(Window):
    """A window with the devices it binds."""

    openings: list[Opening]


class Windows(Answer):
    """Windows by name, and whether every living worker reads the same."""

    windows: list[Window]
    agreed: bool = Field(description="False while a living worker reads others: then each must let a change begin.")


@router.get("", response_model=Windows)
def windows(netpulse: Controller, caller: Asking) -> Response:
    """List the windows and blackouts of the site."""
    found = _there(netpulse, caller)
    agreed = netpulse.windowing.agreed()
    return Windows(windows=[Window.of(one) for one in found], agreed=agreed).response()


@router.get("/next", response_model=Openings)
def coming(
    netpulse: Controller,
    caller: Asking,
    target: Target = "",
) -> Response:
    """Say for each device whether changes may begin on it now, until when, and when they may next."""
    found = chosen(netpulse, caller, target)
    shown = netpulse.windowing.openings(found)
    return Openings(at=netpulse.ledger.database.now(), devices=[Opening.of(one) for one in shown]).response()


@router.get("/{window}", response_model=OneWindow)
def show(window: WindowName, netpulse: Controller, caller: Asking) -> Response:
    """Show one window with the devices it binds."""
    found = _there(netpulse, caller)
    for one in found:
        if one.name == window:
            return OneWindow.of(one).response()
    raise NotFound("window", window, known=[one.name for one in found])


def _there(netpulse: NetPulse, caller: Caller) -> list[WindowState]:
    """Return the windows that bind a device of a caller's, as far as they do."""
    found = netpulse.windowing.states(netpulse.access.seen(caller, netpulse.site.devices.values()))
    if not caller.scope.target:
        return found
    reach = netpulse.access.reach
    return [replace(one, target=reach(caller, one.target) or caller.scope.target) for one in found if one.devices]
