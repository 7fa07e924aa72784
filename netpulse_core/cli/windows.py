"""`windows`: which maintenance windows and blackouts there are, what is open now, and what opens next."""

import time
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from netpulse_core.cli import parameters, wording
from netpulse_core.cli.exits import ExitCode
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.place import reading
from netpulse_core.cli.screen import clean, table
from netpulse_core.model.window import OWN, Opening, WindowState

app = typer.Typer(no_args_is_help=True)
windows = typer.Typer(no_args_is_help=True, help="Maintenance windows and blackouts of `schedules/windows/`.")
app.add_typer(windows, name="windows")

CODES = "Exit codes: 0 changes may begin on every device now · 5 on some, or all, they may not"


@windows.command("list")
@shared
def all_of_them(given: Given) -> None:
    """List windows and blackouts, and on how many of their devices changes may begin now."""
    with reading(given) as at:
        found = at.client.windows.all()
    given.screen.document(found)
    shown = table("WINDOW", "KIND", "TARGET", "WHEN", "ZONE", "STOPS", "DEVICES", "OPEN", "REASON", right=(6, 7))
    for one in found.windows:
        shown.add_row(
            Text(one.name, style="bold"),
            Text(one.kind.value, style="yellow" if one.blackout else ""),
            clean(one.target),
            "; ".join(one.when),
            "each device's own" if one.timezone == OWN else one.timezone,
            "changes and reads" if one.reads else "changes",
            f"{one.devices:,}",
            Text(f"{one.open:,}", style="green" if one.open else "yellow"),
            clean(one.reason),
        )
    given.screen.say(shown if found.windows else "no window: every device may be changed at any time")
    if not found.agreed:
        words = (
            "a living worker reads other windows than this service: as long as it does, both must let a change begin"
        )
        given.screen.note(Text(words, style="yellow"))


@windows.command("show")
@shared
def show(given: Given, window: Annotated[str, typer.Argument(help="Its name, as its file's.")]) -> None:
    """Show one window and the devices it binds."""
    with reading(given) as at:
        found = at.client.windows.one(window)
    given.screen.document(found)
    given.screen.say(_headline(found), "", _openings(found.openings))


@windows.command("next", epilog=CODES)
@shared
def coming(
    given: Given, target: Annotated[str | None, typer.Argument(help="Which devices; without it every device.")] = None
) -> None:
    """Say for each device whether changes may begin now, until when, and when they may next."""
    if target is not None:
        parameters.require_target(target)
    with reading(given) as at:
        found = at.client.windows.next(target)
    given.screen.document(found)
    given.screen.say(_openings(found) if found else "no device")
    if not all(one.open for one in found):
        raise typer.Exit(ExitCode.REFUSED)


def _headline(one: WindowState) -> Text:
    zone = "in each device's own time zone" if one.timezone == OWN else one.timezone
    line = Text.assemble((one.kind.value, "yellow" if one.blackout else ""), " ", (one.name, "bold"), "  ")
    line.append(f"{clean(one.target)}  {'; '.join(one.when)}  {zone}")
    if one.reason:
        line.append(f"\n{clean(one.reason)}", style="dim")
    return line


def _openings(found: tuple[Opening, ...] | list[Opening]) -> Table:
    shown, now = table("DEVICE", "NOW", "UNTIL", "OPENS NEXT", "BOUND BY", "WHY", whole=(0, 1)), time.time()
    for one in found:
        shown.add_row(
            one.device,
            Text("open", style="green") if one.open else Text("closed", style="yellow"),
            _instant(one.closes_at, now),
            "" if not one.windows else _instant(one.opens_at, now) or "not within the year",
            wording.names(one.windows) or "nothing",
            "" if one.open else clean(one.words),
        )
    return shown


def _instant(at: float | None, now: float) -> str:
    return "" if at is None else f"{wording.instant(at)} ({wording.until(at, now)})"
