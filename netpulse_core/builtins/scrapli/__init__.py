"""The driver `scrapli`; scrapli itself is imported when a session is opened."""

from netpulse_core import Driver, hookimpl
from netpulse_core.builtins.scrapli.driver import Scrapli


@hookimpl
def register_drivers() -> list[Driver]:
    """Offer the driver that answers to `scrapli`."""
    return [Scrapli()]
