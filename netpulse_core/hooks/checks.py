"""The hook of compliance checks; `spec.py` says what its name means."""

from collections.abc import Iterable

from netpulse_core.hooks.markers import hookspec
from netpulse_core.model.check import Check


@hookspec
def register_checks() -> Iterable[Check]:
    """Offer compliance checks; each is judged by the runbook `run_checks`, where its name is asked for.

    Called in: every process, at its start; `judge` is called in the worker, on evidence that was collected already.
    If you raise: the process stops and names the plugin. A raise of `judge` is a finding: `error`, and never a pass.

    Example::

        from netpulse_core import Check, Finding, hookimpl


        class Hostname(Check):
            name = "hostname_as_in_the_inventory"
            sentence = "The device calls itself what the inventory calls it"
            severity = "low"
            platforms = ("cisco_ios", "arista_eos", "frr")

            def judge(self, device, evidence):
                wanted = f"hostname {device.name}"
                found = [line for line in evidence["running_config"].splitlines() if line.startswith("hostname ")]
                if found == [wanted]:
                    return Finding.passed(found=found)
                return Finding.failed("it has another name", missing=[wanted], extra=found, remediation=wanted)


        @hookimpl
        def register_checks():
            return [Hostname()]
    """
    return ()
