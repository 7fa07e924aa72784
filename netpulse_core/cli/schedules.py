"""`schedules`: what runs by itself, when, and what became of it; the files planned and applied."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from netpulse_core import settings as configuration
from netpulse_core.cli import exits, scheduled
from netpulse_core.cli.asking import Detach, IdempotencyKey, Yes, require_lasting
from netpulse_core.cli.exits import ExitCode
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.place import reading, service, site_of
from netpulse_core.cli.run import asked, confirm
from netpulse_core.errors import NetPulseError, NotFound
from netpulse_core.hooks.manager import Plugins
from netpulse_core.inventory.notice import raise_first
from netpulse_core.model.run import Accepted
from netpulse_core.model.schedule import Misfire, ScheduleStatus
from netpulse_core.model.scheduleplan import Plan

app = typer.Typer()
SENTENCE = "List schedules, plan and apply their files, pause them, run one now."
schedules = typer.Typer(help=SENTENCE)
app.add_typer(schedules, name="schedules")

Name = Annotated[str, typer.Argument(help="A schedule.")]


@schedules.callback(invoke_without_command=True)
@shared
def listed_by_default(given: Given) -> None:
    """List schedules, plan and apply their files, pause them, run one now."""
    _list(given)


@schedules.command("list")
@shared
def listed(given: Given) -> None:
    """List schedules and when each fires next."""
    _list(given)


@schedules.command("show")
@shared
def show(
    given: Given,
    name: Name,
    limit: Annotated[int, typer.Option("-n", "--limit", min=1, max=500, help="Due times, the latest first.")] = 20,
) -> None:
    """Show a schedule, and what became of its due times."""
    with reading(given) as at:
        status, fires = at.client.schedule(name), at.client.scheduling.fires(name, limit)
    given.screen.document({"schedule": status, "fires": fires})
    given.screen.say(*scheduled.card(status), "", scheduled.fires_table(fires) if fires else "it was never due")


@schedules.command("next")
@shared
def upcoming(
    given: Given,
    name: Name,
    count: Annotated[int, typer.Option("-n", "--count", min=1, max=500, help="How many due times.")] = 20,
    offline: Annotated[
        bool, typer.Option("--offline", help="By the file alone, without a service: an interval counts from now.")
    ] = False,
) -> None:
    """Show when a schedule is due next, and why a time is skipped."""
    if offline:
        found = scheduled.offline(_of_file(site_of(given), name), count)
    else:
        with reading(given) as at:
            found = at.client.scheduling.next(name, count)
    given.screen.document(found)
    given.screen.say(*scheduled.ahead(found))


@schedules.command("plan")
@shared
def plan(given: Given) -> None:
    """Show what applying the files would change, key by key.

    It exits with 0 where that is nothing, with 4 where it is something, with 3 where a file has an error.
    """
    with reading(given) as at:
        found = at.client.scheduling.plan()
    given.screen.document(found)
    given.screen.say(*scheduled.plan(found))
    if found.broken:
        raise typer.Exit(ExitCode.UNUSABLE)
    if found.changes:
        given.screen.say("", *_how(given, found))
        raise typer.Exit(ExitCode.NOT_GOOD)


@schedules.command("apply")
@shared
def apply(
    given: Given,
    plan: Annotated[str, typer.Option(metavar="ID", help="Only if the plan still is this one.")] = "",
) -> None:
    """Make the files what the service knows: all of them, or none where one has an error (exit 3)."""
    with service(given) as at:
        found = at.client.scheduling.plan()
        if not found.broken:
            found = at.client.scheduling.apply(plan or found.id)
    given.screen.document(found)
    given.screen.say(*scheduled.plan(found))
    if found.broken:
        hint = "repair it; `netpulse check` says more"
        given.screen.error(NetPulseError("nothing was applied, because a file has an error", hint=hint))
        raise typer.Exit(ExitCode.UNUSABLE)
    if found.changes:
        given.screen.say(Text("applied", style="bold green"))


@schedules.command("pause")
@shared
def pause(
    given: Given, name: Name, reason: Annotated[str, typer.Option(help="What everyone who wonders will read.")]
) -> None:
    """Let a schedule not fire until it is resumed; what is due meanwhile is neither fired nor missed."""
    with service(given) as at:
        _said(given, at.client.scheduling.pause(name, reason))


@schedules.command("resume")
@shared
def resume(given: Given, name: Name) -> None:
    """Let a schedule fire again, from now on."""
    with service(given) as at:
        _said(given, at.client.scheduling.resume(name))


@schedules.command("run-now", epilog=exits.TABLE)
@shared
def run_now(
    given: Given,
    name: Name,
    detach: Detach = False,
    yes: Yes = False,
    idempotency_key: IdempotencyKey = None,
) -> None:
    """Run what a schedule runs, once, as yourself; when the schedule is due stays as it is."""
    with service(given) as at:
        require_lasting(at, detach=detach)
        request = at.client.schedule(name).schedule.request
        if at.client.runbook(request.runbook).changes and not yes:
            meant = [device.name for device in at.client.devices(request.target)]
            confirm(given.screen, request.runbook, meant, request.parameters)

        def ask(key: str, within: float | None = None) -> Accepted:  # it has its schedule's deadline
            return at.client.scheduling.run_now(name, key)

        ended = asked(at, given, ask, idempotency_key, detach=detach)
    raise typer.Exit(exits.of_run(ended) if ended else ExitCode.OK)


def _list(given: Given) -> None:
    with reading(given) as at:
        known = at.client.schedules()
    given.screen.document(known)
    none = "no schedule is known: a scheduler that runs reads schedules/, and so does `netpulse schedules apply`"
    given.screen.say(scheduled.table_of(known) if known else none)


def _said(given: Given, status: ScheduleStatus) -> None:
    given.screen.document(status)
    given.screen.say(*scheduled.card(status))


def _how(given: Given, found: Plan) -> list[str]:
    if not found.waits:
        return ["the schedulers follow the files by themselves; with `schedules_wait = true` they wait for `apply`"]
    return [f"to make it so: {given.netpulse} schedules apply --plan {found.id}"]


def _of_file(site: Path, name: str) -> scheduled.OfFile:
    files = scheduled.timing("files")
    path = site / files.FOLDER / f"{name}.yaml"
    content = files.contents(site).get(path)
    if content is None:
        raise NotFound("schedule", name, known=[each.stem for each in files.contents(site)])
    entry = scheduled.timing("entry").read(path, content)
    raise_first(entry.notices)
    return scheduled.OfFile(entry.schedule, entry.schedule.misfire or _usual(site, entry.schedule.request.runbook))


def _usual(site: Path, runbook: str) -> Misfire:
    try:
        changes = Plugins.load(configuration.load(site)).runbook(runbook).changes
    except NotFound:
        changes = False
    return Misfire.SKIP if changes else Misfire.RUN
