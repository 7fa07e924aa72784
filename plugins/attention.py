"""An example of an observer: what needs a person, one line each in the log of the worker."""

import logging

from netpulse_core import events, hookimpl

log = logging.getLogger("netpulse.attention")


@hookimpl
def observe(event: events.Event) -> None:
    """Log devices in doubt, devices that are quarantined, and runs that failed."""
    match event:
        case events.JobInDoubt(problem=problem):
            why = f": {problem.message}" if problem else ""
            log.error("%s is in doubt since run %s, %s%s", event.device, event.run, event.runbook, why)
        case events.JobFinished(outcome="quarantined"):
            log.error("%s: run %s, %s, is quarantined: workers died under it", event.device, event.run, event.runbook)
        case events.RunFinished(verdict="failed"):
            counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(event.counts.items()))
            log.error("run %s failed, %s by %s: %s", event.run, event.runbook, event.caller, counts)
