"""`freeze`, `thaw`, `freezes`: let no change begin, for a while."""

from datetime import datetime
from typing import Annotated

import typer
from rich.text import Text

from netpulse_core.cli import durations, parameters, wording
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.place import reading, service
from netpulse_core.cli.screen import clean, table
from netpulse_core.errors import InvalidParameters
from netpulse_core.model.stopping import Freeze

app = typer.Typer()


@app.command("freeze")
@shared
def freeze(
    given: Given,
    reason: Annotated[str, typer.Option(help="Why: everyone who waits reads it.")],
    target: Annotated[str | None, typer.Argument(help="Which devices; without it every device.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="When it ends: 2026-01-31T06:00+01:00.")] = None,
    lasting: Annotated[str | None, typer.Option("--for", metavar="2h", help="How long: 30m, 2h, 1d12h.")] = None,
    reads_too: Annotated[bool, typer.Option("--reads-too", help="Let runs that only read wait as well.")] = False,
) -> None:
    """Let no change begin on any device, or on those of a target.

    What has not begun waits, and is blocked where its deadline comes first. What has begun goes on, and is named.
    """
    if target is not None:
        parameters.require_target(target)
    ends = None if until is None else _instant(until)
    seconds = None if lasting is None else durations.lasting("--for", lasting)
    with service(given) as at:
        made = at.client.freezes.begin(target, reason, reads_too=reads_too, until=ends, seconds=seconds)
    given.screen.document(made)
    given.screen.say(f"freeze {made.id}: no {_what(made)} begins on {_whom(made)}{_ending(made)}")
    for device in made.pushing:
        given.screen.say(Text.assemble((device, "bold yellow"), ": its change had begun, and goes on"))
    given.screen.say(f"end it: {given.netpulse} thaw {made.id}")


@app.command("thaw")
@shared
def thaw(given: Given, freeze: Annotated[str, typer.Argument(metavar="FREEZE", help="Its id.")]) -> None:
    """End a freeze: what waited for it goes on."""
    with service(given) as at:
        ended = at.client.freezes.thaw(freeze)
    given.screen.document(ended)
    given.screen.say(f"freeze {ended.id} of {_whom(ended)} has ended; what waited for it goes on")


@app.command("freezes")
@shared
def freezes(
    given: Given, ended: Annotated[bool, typer.Option("--ended", help="Those that ended too.")] = False
) -> None:
    """List what is frozen, by whom, why and until when."""
    with reading(given) as at:
        found = at.client.freezes.all(ended=ended)
    given.screen.document(found)
    shown = table("FREEZE", "TARGET", "DEVICES", "STOPS", "SINCE", "UNTIL", "BY", "REASON", right=(2,), whole=(0,))
    for one in found:
        over = wording.instant(one.thawed_at if one.thawed_at is not None else one.until_at)
        shown.add_row(
            Text(one.id, style="dim" if one.ended else "bold yellow"),
            clean(one.target or "every device"),
            "all" if one.devices is None else f"{one.devices:,}",
            "changes and reads" if one.reads_too else "changes",
            wording.instant(one.created_at),
            over or "thawed",
            clean(one.created_by),
            clean(one.reason),
        )
    given.screen.say(shown if found else "nothing is frozen")


def _what(made: Freeze) -> str:
    return "run" if made.reads_too else "change"


def _whom(made: Freeze) -> str:
    return "any device" if made.devices is None else wording.count(made.devices, "device")


def _ending(made: Freeze) -> str:
    return "" if made.until_at is None else f" until {wording.instant(made.until_at)}"


def _instant(text: str) -> float:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidParameters("--until", [f"{text!r} is not a time"], hint="write 2026-01-31T06:00+01:00") from error
    if found.tzinfo is None:
        raise InvalidParameters("--until", [f"{text!r} has no time zone"], hint=f"write {text}Z for UTC, or +01:00")
    return found.timestamp()
