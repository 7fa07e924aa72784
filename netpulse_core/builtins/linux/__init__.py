"""The linux driver and its runbooks; asyncssh is imported when a connection is opened."""

from netpulse_core import Driver, Runbook, hookimpl
from netpulse_core.builtins.linux.driver import Linux
from netpulse_core.builtins.linux.runbooks import run_command, run_script


@hookimpl
def register_drivers() -> list[Driver]:
    """Offer the driver that answers to `linux`."""
    return [Linux()]


@hookimpl
def register_runbooks() -> list[Runbook]:
    """Offer its runbooks."""
    return [run_command, run_script]
