"""`drivers`: the ways to devices, what of each only reads, and what each platform can do with it."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.place import reading
from netpulse_core.cli.screen import clean, table
from netpulse_core.client.answers import OfferedDriver

app = typer.Typer()

_WIDEST = 90
"""Letters up to which abilities are columns; more would not fit beside each other."""


@app.command("drivers")
@shared
def drivers(
    given: Given, name: Annotated[str | None, typer.Argument(help="One alone, with its methods and platforms.")] = None
) -> None:
    """List drivers, or show one: what of it reads, and what each platform can do."""
    with reading(given) as at:
        if name is not None:
            one = at.client.driver(name)
            given.screen.document(one)
            _describe(given, one)
            return
        known = at.client.drivers()
    given.screen.document(known)
    shown = table("DRIVER", "WHAT IT IS FOR", "FROM", whole=(0, 2))
    for driver in known:
        shown.add_row(driver.name, clean(driver.sentence), clean(driver.source))
    given.screen.say(shown)


def _describe(given: Given, driver: OfferedDriver) -> None:
    screen = given.screen
    screen.say(Text.assemble((driver.name, "bold"), ("  from ", "dim"), clean(driver.source)), clean(driver.sentence))
    shown = table("GATE", "METHODS")
    shown.add_row(Text("reads", style="green"), _names(driver.reads))
    shown.add_row(Text("sends lines", style="cyan"), _names(driver.commands))
    shown.add_row(Text("changes", style="bold yellow"), Text("every other one", style="dim"))
    screen.say("", shown)
    if driver.abilities:
        screen.say("", abilities(driver.abilities))


def _names(methods: Sequence[str]) -> Text:
    return Text(clean("  ".join(methods))) if methods else Text("none", style="dim")


def abilities(known: Mapping[str, Sequence[str]]) -> Table:
    """Return what each platform can do: a column an ability, or one for all where they are too wide."""
    words = list(dict.fromkeys(word for can in known.values() for word in can))
    if sum(map(len, words)) > _WIDEST:
        listed = table("PLATFORM", "CAN")
        for platform, can in known.items():
            listed.add_row(clean(platform), clean(", ".join(can)))
        return listed
    shown = table("PLATFORM", *(clean(word).upper() for word in words), whole=range(len(words) + 1))
    for platform, can in known.items():
        marks = (Text("yes", style="green") if word in can else Text("no", style="dim") for word in words)
        shown.add_row(clean(platform), *marks)
    return shown
