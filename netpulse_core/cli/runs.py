"""`runs`, `show`, `resolve`: what was asked for before."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

import typer
from rich.text import Text

from netpulse_core.cli import exits, report
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.place import Service, reading, service
from netpulse_core.cli.run import as_document, tell, told, watched
from netpulse_core.cli.screen import Screen
from netpulse_core.client import Client
from netpulse_core.client.wire import Filters
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.run import Run

app = typer.Typer()


class Finding(StrEnum):
    """What a person can find on a device: every outcome but those that say nobody knows, or nothing was tried."""

    OK = Outcome.OK.value
    CHANGED = Outcome.CHANGED.value
    FAILED = Outcome.FAILED.value
    REJECTED = Outcome.REJECTED.value
    UNREACHABLE = Outcome.UNREACHABLE.value
    AUTH_FAILED = Outcome.AUTH_FAILED.value
    TIMED_OUT = Outcome.TIMED_OUT.value
    ROLLED_BACK = Outcome.ROLLED_BACK.value
    NOT_APPLIED = Outcome.NOT_APPLIED.value
    PARTIAL = Outcome.PARTIAL.value


RunId = Annotated[str, typer.Argument(metavar="RUN", help="Its id, or `last`.")]


@app.command("runs")
@shared
def runs(
    given: Given,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 20,
    runbook: Annotated[str | None, typer.Option(help="Of this runbook alone.")] = None,
    verdict: Annotated[Verdict | None, typer.Option(help="That ended so.")] = None,
    device: Annotated[str | None, typer.Option(help="On this device.")] = None,
    schedule: Annotated[str | None, typer.Option(help="Of this schedule.")] = None,
    caller: Annotated[str | None, typer.Option("--by", metavar="CALLER", help="Asked for by this caller.")] = None,
    active: Annotated[bool, typer.Option("--active", help="That have not finished.")] = False,
) -> None:
    """List runs, newest first."""
    wanted: Filters = {}
    if runbook:
        wanted["runbook"] = runbook
    if verdict:
        wanted["verdict"] = verdict
    if device:
        wanted["device"] = device
    if schedule:
        wanted["schedule"] = schedule
    if caller:
        wanted["caller"] = caller
    if active:
        wanted["finished"] = False
    with reading(given) as at:
        found = list(at.client.runs(limit=limit, **wanted))
    given.screen.document(found)
    if found:
        given.screen.say(report.runs_table(found))
    else:
        given.screen.say("no run matches" if wanted else f"no run yet: {given.netpulse} run send_commands ...")


@app.command("show", epilog=exits.TABLE)
@shared
def show(
    given: Given,
    run: RunId,
    device: Annotated[str | None, typer.Argument(help="All that this device answered.")] = None,
    groups: Annotated[bool, typer.Option("--groups", help="Every different output, in full.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Until it has finished; with --json one event a line.")
    ] = False,
) -> None:
    """Show a run, or what one device answered in it."""
    with service(given, worker=watch) as at:
        if device is not None:
            say = _device(at.client, given.screen, run, device)
        elif watch:
            _watch(at, given, at.client.run(run))
            return
        elif groups:
            say = _groups(at.client, given.screen, run)
        else:
            say = told(at.client, at.client.run(run), given)
    say()  # only now: a pager that is not read on would hold the site, and a run that begins waits for it


@app.command("resolve")
@shared
def resolve(
    given: Given,
    run: RunId,
    device: Annotated[str, typer.Argument(help="The device that is in doubt.")],
    outcome: Annotated[Finding, typer.Option("--as", help="What the device really shows.")],
    reason: Annotated[str, typer.Option(help="How you know: the next person reads it.")],
) -> None:
    """Say what a device in doubt really shows, which frees it."""
    with service(given) as at:
        found = at.client.run(run)
        at.client.resolve(found.id, device, outcome.value, reason)
    given.screen.document({"run": found.id, "device": device, "outcome": outcome, "reason": reason})
    given.screen.say(Text.assemble(f"{device} is now ", report.word(outcome), f" in run {found.id}"))


def _device(client: Client, screen: Screen, run: str, device: str) -> Callable[[], None]:
    job = client.job(run, device)
    steps = client.steps(job.run, device)  # the last run may be another by now

    def say() -> None:
        screen.document({"job": job, "steps": steps})
        screen.say(report.jobs_table([job]), *report.steps(job, steps))

    return say


def _groups(client: Client, screen: Screen, run: str) -> Callable[[], None]:
    found = client.run(run)
    same, jobs = client.groups(found.id), client.devices_of(found.id)

    def say() -> None:
        screen.document(as_document(found, jobs, same))
        screen.say(report.headline(found), *report.outputs(same))

    return say


def _watch(at: Service, given: Given, run: Run) -> None:
    if given.screen.json:
        for event in at.client.watch(run.id):
            given.screen.line(event)
        raise typer.Exit(exits.of_run(at.client.run(run.id)))
    ended = watched(at, run, given)
    tell(at.client, ended, given)
    raise typer.Exit(exits.of_run(ended))
