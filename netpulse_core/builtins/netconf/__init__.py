"""The NETCONF driver and its runbooks; ncclient and lxml are imported when a session is opened."""

from netpulse_core import Driver, Runbook, hookimpl
from netpulse_core.builtins.netconf import runbooks
from netpulse_core.builtins.netconf.driver import Netconf


@hookimpl
def register_drivers() -> list[Driver]:
    """Offer the driver that answers to `netconf`."""
    return [Netconf()]


@hookimpl
def register_runbooks() -> list[Runbook]:
    """Offer `netconf_get`, `netconf_get_config` and `netconf_edit`."""
    return [runbooks.netconf_get, runbooks.netconf_get_config, runbooks.netconf_edit]
