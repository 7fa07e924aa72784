"""The netmiko driver; netmiko itself is imported when a session is opened."""

from netpulse_core import Driver, hookimpl
from netpulse_core.builtins.netmiko.driver import Netmiko


@hookimpl
def register_drivers() -> list[Driver]:
    """Offer the driver that answers to `netmiko`."""
    return [Netmiko()]
