"""The hooks of what has happened; `spec.py` says what their names mean."""

from collections.abc import Iterable

from netpulse_core.hooks.markers import hookspec
from netpulse_core.model.events import Event
from netpulse_core.model.notifier import Notifier


@hookspec
def register_notifiers() -> Iterable[Notifier]:
    """Offer notifiers: what they send must arrive, so NetPulse writes it down and sends it until it has.

    Called in: every process, at its start; `send` in a worker, in a thread of the endpoint's own.
    If you raise: the process stops and names the plugin. What `send` raises is a failed attempt.

    Example::

        import smtplib
        from email.message import EmailMessage
        from netpulse_core import Endpoint, errors, hookimpl


        class Mail:
            name = "mail"
            sentence = "mail to the people on call"

            def endpoints(self):
                return [Endpoint(name="oncall", shown="oncall@example.com", kinds=frozenset({"job.in_doubt"}))]

            def send(self, outgoing, secret):
                message = EmailMessage()
                message["To"], message["Message-ID"] = "oncall@example.com", f"<{outgoing.id}@netpulse>"
                message.set_content(outgoing.body)
                try:
                    with smtplib.SMTP("localhost", timeout=10) as server:
                        server.send_message(message)
                except OSError as error:
                    raise errors.DeliveryFailed(f"no mail: {error}") from error
                return "sent"


        @hookimpl
        def register_notifiers():
            return [Mail()]
    """
    return ()


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
