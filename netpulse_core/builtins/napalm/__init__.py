"""The driver `napalm` and the runbooks on it; napalm itself is imported when a session is opened."""

from collections.abc import Iterable

from netpulse_core import Driver, Runbook, hookimpl
from netpulse_core.builtins.napalm import runbooks
from netpulse_core.builtins.napalm.driver import Napalm


@hookimpl
def register_drivers() -> list[Driver]:
    """Offer the driver that answers to `napalm`."""
    return [Napalm()]


@hookimpl
def register_runbooks() -> Iterable[Runbook]:
    """Offer what can be done with NAPALM on any platform."""
    return [runbooks.napalm_get, runbooks.napalm_validate, runbooks.apply_config]
