"""What a driver must have, looked at when its plugin is loaded and not when a device is opened."""

from inspect import getattr_static
from typing import Any

from netpulse_core.errors import PluginError
from netpulse_core.model.driver import Driver

NEEDED = ("open", "close", "abort", "alive", "probe", "at_rest")
"""The methods each driver writes itself: `Driver` only describes them."""

OF_COMMANDS = ("lines", "is_read")
"""Those that a driver writes besides where it names `commands`: nothing else is asked for them."""

GIVEN = ("device_session", "translate", "reads", "commands", "prepared")
"""What is asked of every driver, and a subclass of `Driver` has from it; the rest may be missing."""


def require_object(plugin: str, driver: object) -> None:
    """Raise PluginError where a class is offered in place of a driver, which is an object of it."""
    if isinstance(driver, type):
        raise PluginError(
            f"plugin {plugin} offers the class {driver.__name__} as a driver, and not an object of it",
            plugin=plugin,
            hint=f"return [{driver.__name__}()]",
        )


def require_methods(plugin: str, driver: Any) -> None:
    """Raise PluginError naming the driver and what it lacks of `Driver`."""
    written = (*NEEDED, *OF_COMMANDS) if getattr(driver, "commands", ()) else NEEDED
    lacking = [name for name in written if not _writes(driver, name)]
    lacking += [name for name in GIVEN if not hasattr(driver, name)]
    if not lacking:
        return
    raise PluginError(
        f"plugin {plugin} offers the driver {driver.name!r}, which has no {', no '.join(lacking)}",
        plugin=plugin,
        hint="netpulse_core.Driver says what each is asked, and gives a subclass all that may be left out",
    )


def _writes(driver: Any, name: str) -> bool:
    """Whether a driver has this method, in its class or set on itself, and not from `Driver`."""
    try:
        return getattr_static(driver, name) is not vars(Driver)[name]
    except AttributeError:
        return hasattr(driver, name)
