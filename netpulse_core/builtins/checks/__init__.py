"""The runbook `run_checks`, and the compliance checks that come with NetPulse."""

from netpulse_core import Check, Runbook, hookimpl
from netpulse_core.builtins.checks.bgp import EbgpRequiresPolicy
from netpulse_core.builtins.checks.management import NtpServers, SnmpCommunities, SshOnly
from netpulse_core.builtins.checks.runbook import run_checks


@hookimpl
def register_checks() -> list[Check]:
    """Offer the checks."""
    return [EbgpRequiresPolicy(), NtpServers(), SnmpCommunities(), SshOnly()]


@hookimpl
def register_runbooks() -> list[Runbook]:
    """Offer the runbook that judges devices."""
    return [run_checks]
