"""The SNMP driver and its runbooks; gufo-snmp itself is imported when a session is opened."""

from netpulse_core import Driver, Runbook, hookimpl
from netpulse_core.builtins.snmp import runbooks
from netpulse_core.builtins.snmp.driver import Snmp


@hookimpl
def register_drivers() -> list[Driver]:
    """Offer the driver that answers to `snmp`."""
    return [Snmp()]


@hookimpl
def register_runbooks() -> list[Runbook]:
    """Offer `snmp_get` and `snmp_walk`."""
    return [runbooks.snmp_get, runbooks.snmp_walk]
