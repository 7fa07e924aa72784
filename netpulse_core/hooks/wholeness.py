"""What a driver must have, looked at when its plugin is loaded and not when a device is opened."""

from inspect import getattr_static
from typing import Any

from netpulse_core.errors import PluginError
from netpulse_core.model.driver import Driver

NEEDED = (
    "open",
    "close",
    "abort",
    "alive",
    "probe",
    "at_rest",
    "device_session",
    "lines",
    "is_read",
    "translate",
)
"""The methods each driver writes itself: `Driver` only describes them."""

GIVEN = ("sentence", "reads", "commands", "inert", "prepared", "abilities")
"""What is asked of every driver besides, and a subclass of `Driver` has from it; the rest may be missing."""


def require_object(plugin: str, kind: str, one: object) -> None:
    """Raise PluginError where a class is offered in place of an object of it."""
    if isinstance(one, type):
        raise PluginError(
            f"plugin {plugin} offers the class {one.__name__} as a {kind}, and not an object of it",
            plugin=plugin,
            hint=f"return [{one.__name__}()]",
        )


def require_methods(plugin: str, driver: Any) -> None:
    """Raise PluginError naming the driver and what it lacks of `Driver`."""
    lacking = [name for name in (*NEEDED, *GIVEN) if not _has(driver, name)]
    if not lacking:
        return
    raise PluginError(
        f"plugin {plugin} offers the driver {driver.name!r}, which has no {', no '.join(lacking)}",
        plugin=plugin,
        hint="netpulse_core.Driver says what each is asked, and gives a subclass all that may be left out",
    )


def _has(driver: Any, name: str) -> bool:
    """Whether a driver has this of `Driver`, and has it from itself where that only describes it."""
    try:
        found = getattr_static(type(driver), name)
    except AttributeError:
        return hasattr(driver, name)
    return name not in NEEDED or found is not vars(Driver)[name]
