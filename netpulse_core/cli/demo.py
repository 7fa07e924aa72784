"""`demo`: the main job from end to end on this machine, with nothing to prepare."""

import json
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from netpulse_core import settings as configuration
from netpulse_core.cli import board, exits, lab_life, lab_site, place, report, run, scheduled, wording
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.screen import Screen
from netpulse_core.client import Client
from netpulse_core.errors import Conflict, Refused
from netpulse_core.lab import Blueprint, fabric
from netpulse_core.model.run import Run, RunRequest

app = typer.Typer()

TARGET = "role=leaf & !site=ams"
COMMANDS = ("show running-config | include ntp", "show version")
SCHEDULE = "leaf-versions"
_DRIFTED = "leaf3"
_ROUND_TRIP = 0.005


@app.command("demo")
@shared
def demo(
    given: Given, count: Annotated[int, typer.Option(min=5, max=1000, help="How many simulated devices.")] = 20
) -> None:
    """See it work: a simulated network, a run over REST, its outputs, its schedule.

    It leaves a site behind, .netpulse-demo or the one named by --site, for you to go on with.
    """
    given = replace(given, site=given.site or Path(".netpulse-demo"), url=None)
    assert given.site is not None
    site, screen = given.site, given.screen
    _clean(site)
    network = _network(count)
    lab_site.create(site, network)
    (site / ".gitignore").write_text("*\n", encoding="utf-8")
    schedule = lab_site.schedule(site, SCHEDULE, TARGET, list(COMMANDS))
    with lab_site.running(network, site, elsewhere=True) as lab:
        devices = wording.count(len(lab.devices), "simulated device")
        screen.say(_title("1", f"{devices} over real SSH, in a new site: {site}"))
        # The demo is of the embedded default, whatever this shell is set to.
        settings = configuration.load(site, broker="", ledger="")
        with place.passing(settings, given, scheduler=True) as embedded, Client(embedded.url, embedded.key) as client:
            screen.say(_title("2", f"NetPulse serves it at {embedded.url}; a run is asked for over REST"))
            first = _asked(client, given)
            screen.say(*report.finished(first, client.devices_of(first.id), client.groups(first.id), given.netpulse))
            screen.say(_title("3", "the same once more: the sessions are still open"))
            second = _asked(client, given)
            _compare(client, screen, first, second)
            status = _scheduled(client)
            screen.say(_title("4", f"the same every night, by {schedule}"))
            screen.say(Text(schedule.read_text(encoding="utf-8").strip(), style="cyan"))
            screen.say(Text.assemble(("next: ", "bold"), scheduled.next_due(status) if status else "not known yet"))
            screen.document(
                {"site": site, "runs": [_document(client, one) for one in (first, second)], "schedule": status}
            )
    _next(screen, given.netpulse)
    raise typer.Exit(max(exits.of_run(first), exits.of_run(second)))


def _clean(site: Path) -> None:
    """Remove what an earlier demo left; anything else is somebody's."""
    if not site.exists():
        return
    if not lab_site.is_lab(site):
        raise Refused(f"{site} is there and no demo made it", hint="name another folder: --site DIR")
    if place.running(configuration.load(site, broker="", ledger="")) is not None:
        raise Conflict(
            f"a service runs on {site}, which an earlier demo left", hint="stop it, or name another: --site DIR"
        )
    lab_life.end(site)
    shutil.rmtree(site)


def _network(count: int) -> Blueprint:
    """Return the usual lab, one device of it configured otherwise, so that there is something to find."""
    plan = replace(lab_site.usual(), count=count, faults={"*": {"delay": _ROUND_TRIP}})
    drifted = next((member for member in fabric.members(count) if member.name == _DRIFTED), None)
    if drifted is None:
        return plan
    return replace(plan, configs={_DRIFTED: fabric.configuration(drifted).replace("10.99.0.1", "10.66.6.6")})


def _asked(client: Client, given: Given) -> Run:
    request = RunRequest(runbook="send_commands", target=TARGET, parameters={"commands": list(COMMANDS)})
    body = {"runbook": request.runbook, "target": request.target, "parameters": request.parameters}
    given.screen.say(Text(f"POST /v1/runs {json.dumps(body)}", style="cyan"), "")
    return board.follow(client, client.run(client.submit(request).run), given.screen, given.netpulse)


def _compare(client: Client, screen: Screen, first: Run, second: Run) -> None:
    jobs = client.devices_of(second.id)
    reused = sum(job.session_reused is True for job in jobs)
    took = [ended.finished_at - ended.accepted_at for ended in (first, second) if ended.finished_at is not None]
    screen.say(report.headline(second))
    screen.say(f"{reused} of {wording.count(len(jobs), 'session')} reused")
    if len(took) == 2:
        screen.say(f"{wording.seconds(took[0])} with logins, {wording.seconds(took[1])} without")


def _scheduled(client: Client) -> Any:
    """Return the schedule once the scheduler has counted it out, which is within a tick."""
    deadline = time.monotonic() + 5
    while True:
        found = next((status for status in client.schedules() if status.name == SCHEDULE), None)
        if (found is not None and found.next_due is not None) or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


def _document(client: Client, one: Run) -> dict[str, object]:
    return run.as_document(one, client.devices_of(one.id), client.groups(one.id))


def _title(number: str, text: str) -> Text:
    return Text.assemble("\n", (f" {number} ", "bold reverse"), "  ", (text, "bold"))


def _next(screen: Screen, netpulse: str) -> None:
    screen.say(
        _title("→", "try next; the simulated network has gone, the second brings it back"),
        f"  {netpulse} show last leaf2",
        f"  {netpulse} lab up --background",
        f"  {netpulse} run send_config -t leaf2 -p 'lines=ntp server 10.99.0.2' --yes",
    )
