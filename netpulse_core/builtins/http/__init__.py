"""The http driver; httpx is imported when a session is opened."""

from netpulse_core import Driver, Runbook, hookimpl
from netpulse_core.builtins.http.driver import Http
from netpulse_core.builtins.http.runbooks import http_get, http_send


@hookimpl
def register_drivers() -> list[Driver]:
    """Offer the driver that answers to `http`."""
    return [Http()]


@hookimpl
def register_runbooks() -> list[Runbook]:
    """Offer its runbooks."""
    return [http_get, http_send]
