"""The eapi driver: Arista's JSON-RPC over the http driver's connections."""

from netpulse_core import Driver, hookimpl
from netpulse_core.builtins.eapi.driver import Eapi


@hookimpl
def register_drivers() -> list[Driver]:
    """Offer the driver that answers to `eapi`."""
    return [Eapi()]
