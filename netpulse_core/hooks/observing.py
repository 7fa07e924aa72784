"""The hook of what has happened; `spec.py` says what its name means."""

from netpulse_core.hooks.markers import hookspec
from netpulse_core.model.events import Event


@hookspec
def observe(event: Event) -> None:
    """Hear of what happened to runs and jobs, after it was recorded: `netpulse_core.events` has a class for each fact.

    Called in: one worker at a time, in a thread of the plugin's own; the events of a run in their order. Where a worker
    dies or loses its lease meanwhile, another tells the same event again: `run` and `number` say which it was. A plugin
    that is new is told from its first start on; what happens while no worker has it is kept for it for a day.
    If you raise: that is logged, and the event counts as told. So does one you have not returned from within 10
    seconds; this worker then tells you nothing more until you return.

    Example::

        import logging
        from netpulse_core import events, hookimpl

        log = logging.getLogger("oncall")


        @hookimpl
        def observe(event):
            match event:
                case events.JobInDoubt(device=device, run=run):
                    log.error("page somebody: %s is in doubt since run %s", device, run)
                case events.RunFinished(verdict="failed", runbook=runbook):
                    log.warning("%s failed on every device", runbook)
    """
