"""`lab up`: a simulated network in the foreground."""

import shlex
import signal
import threading
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from netpulse_core.cli import lab_cassettes, lab_inventory, lab_life, lab_site, wording
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.place import site_of
from netpulse_core.errors import InvalidParameters
from netpulse_core.lab import Blueprint, Lab

app = typer.Typer()
lab = typer.Typer(help="Simulate a network of SSH devices.", no_args_is_help=True)
app.add_typer(lab, name="lab")


class Mode(StrEnum):
    """How the devices of a lab are told apart."""

    ADDRESS = "address"
    PORT = "port"


@lab.command("up")
@shared
def up(
    given: Given,
    count: Annotated[int | None, typer.Option(min=1, help="How many devices; 20 where nothing is said.")] = None,
    mode: Annotated[Mode | None, typer.Option(help="An address of 127.10/16 each, or a port of 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The port, or the first of many.")] = None,
    delay: Annotated[float | None, typer.Option(min=0, help="Seconds each round trip takes.")] = None,
    inventory: Annotated[Path | None, typer.Option(help="Write a Nornir inventory into this folder.")] = None,
    cassette: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="A recorded device; alone unless --count says more.")
    ] = None,
    background: Annotated[bool, typer.Option("--background", help="Until `lab down`; needs --site.")] = False,
) -> None:
    """Run a simulated network until Ctrl-C or SIGTERM; with --site, make that folder a site of it."""
    site, screen = given.site, given.screen
    if background and site is None and lab_site.is_lab(Path()):
        site = Path()  # it stands in the site of a lab, which `lab down` finds from there too
    if background and site is None:
        raise InvalidParameters("--background", ["`lab down` finds a lab by its site"], hint="add --site DIR")
    if inventory is not None:
        lab_inventory.require_free(inventory)
    kept = lab_site.plan_of(site) if site is not None and lab_site.is_lab(site) else lab_site.usual()
    new = lab_cassettes.devices(cassette or (), kept)
    if new and count is None and (site is None or not lab_site.is_lab(site)):
        count = 0
    plan = replace(_plan(kept, count, mode, port, delay), scripts={**kept.scripts, **new})
    if site is not None and not lab_site.is_lab(site):
        lab_site.create(site, plan)
    if site is not None and new:
        lab_life.require_none(site)
        lab_cassettes.copy(cassette or (), site)
        lab_site.keep(site, plan)
    if site is not None and background:
        _in_the_background(given, site, _options(count, mode, port, delay, inventory))
        return
    with lab_site.running(plan, site) as running:
        if inventory is not None:
            lab_inventory.write(running, inventory, lab_site.reference(site))
        stop = _stopped_by_signal()  # before anybody is told that it can be stopped
        _announce(given, running, inventory)
        stop.wait()
    screen.say("the lab has stopped")


@lab.command("down")
@shared
def down(given: Given) -> None:
    """Stop the lab of a site, wherever it was started."""
    site = site_of(given)
    stopped = lab_life.end(site)
    given.screen.document({"site": site, "stopped": stopped})
    given.screen.say("the lab has stopped" if stopped else f"no lab runs on {site}")


def _in_the_background(given: Given, site: Path, options: list[str]) -> None:
    screen = given.screen
    with screen.doing("starting the lab"):
        pid = lab_life.begin(site, options)
    screen.document({"site": site, "pid": pid})
    ending = f" as process {pid}; {given.netpulse} lab down stops it"
    screen.say(Text.assemble(("the lab runs", "bold green"), ending))


def _options(*values: object) -> list[str]:
    names = ("--count", "--mode", "--port", "--delay", "--inventory")
    return [word for name, value in zip(names, values, strict=True) if value is not None for word in (name, str(value))]


def _plan(kept: Blueprint, count: int | None, mode: Mode | None, port: int | None, delay: float | None) -> Blueprint:
    wanted: dict[str, Any] = {"count": count, "mode": mode and mode.value, "port": port}
    if delay is not None:
        wanted["faults"] = {**kept.faults, "*": {**kept.faults.get("*", {}), "delay": delay}}
    return replace(kept, **{name: value for name, value in wanted.items() if value is not None})


def _announce(given: Given, running: Lab, inventory: Path | None) -> None:
    devices, plan = list(running.devices.values()), running.blueprint
    first, last, screen, site = devices[0], devices[-1], given.screen, given.site
    screen.document(
        {
            "devices": {device.name: {"address": device.address, "port": device.port} for device in devices},
            "username": plan.username,
            "password": plan.password,
            "site": site,
            "inventory": inventory,
        }
    )
    screen.say(
        Text.assemble((f"{wording.count(len(devices), 'device')} over SSH", "bold green"), "; Ctrl-C stops them"),
        f"  {first.name} {first.address}:{first.port}  to  {last.name} {last.address}:{last.port}",
        f"  user {plan.username}, password {plan.password}",
        "",
        "next, in another terminal:",
    )
    if site is not None:
        target = "role=leaf" if plan.count else first.name
        screen.say(
            f"  {given.netpulse} up",
            f"  {given.netpulse} run send_commands -t {target} -p 'commands=show version'",
        )
    elif inventory is None:
        screen.say(
            f"  ssh -p {first.port} {plan.username}@{first.address}", f"  {given.netpulse} lab up --site lab-site"
        )
    else:
        screen.say(
            f"  export {lab_inventory.VARIABLE}={shlex.quote(plan.password)}",
            f"  NetPulse then reads {inventory}/hosts.yaml",
        )


def _stopped_by_signal() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
