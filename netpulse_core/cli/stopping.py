"""`cancel`: stop a run, and say what could not be stopped."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from netpulse_core.cli import report, wording
from netpulse_core.cli.exits import ExitCode
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.place import service
from netpulse_core.cli.runs import RunId
from netpulse_core.cli.screen import clean
from netpulse_core.client import Client
from netpulse_core.model.event import EventKind
from netpulse_core.model.stopping import Cancellation

app = typer.Typer()


@app.command("cancel")
@shared
def cancel(
    given: Given,
    run: RunId,
    devices: Annotated[
        list[str] | None, typer.Argument(metavar="[DEVICE]...", help="These devices of it; else all.")
    ] = None,
    queued: Annotated[bool, typer.Option("--queued", help="Only what is queued; what is at work goes on.")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Do not wait until what is at work has stopped.")] = False,
) -> None:
    """Cancel a run, or some devices of it.

    What is queued is never executed, and what is at work is stopped. A device whose change has begun is finished first:
    it is named, and the exit code is 5.
    """
    screen = given.screen
    with service(given) as at:
        done = at.client.cancel(at.client.run(run).id, devices or (), queued_only=queued)
        screen.say(f"run {done.run}: {wording.cancelled(done)}")
        for device, why in done.refused.items():
            screen.say(Text.assemble((device, "bold yellow"), f" was not cancelled: {clean(why)}"))
        outcomes: dict[str, str] = {}
        for device, outcome in () if detach else _stopped(at.client, done):
            outcomes[device] = outcome
            screen.say(Text.assemble(f"{device} stopped: ", report.word(outcome)))
    screen.document(asdict(done) | {"outcomes": outcomes})
    if done.refused:
        raise typer.Exit(ExitCode.REFUSED)


def _stopped(client: Client, done: Cancellation) -> Iterator[tuple[str, str]]:
    """Yield what became of each device that was at work, as its worker stops."""
    left = set(done.stopping)
    if not left:
        return
    for event in client.watch(done.run, done.after):
        if event.device in left and event.kind in (EventKind.JOB_FINISHED, EventKind.JOB_IN_DOUBT):
            left.discard(event.device)
            yield event.device, str(event.body["outcome"])
        if not left:
            return
