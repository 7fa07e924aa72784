"""An example of a rule of the house: how many devices one run may change."""

from collections.abc import Sequence

from netpulse_core import Device, Runbook, hookimpl

MOST = 100


@hookimpl
def refuse_run(runbook: Runbook, devices: Sequence[Device]) -> str | None:
    """Refuse changes on more devices than a person can put right by hand."""
    if runbook.changes and len(devices) > MOST:
        return f"{runbook.name} would change {len(devices)} devices at once; a run may change at most {MOST}"
    return None
