"""`runbooks`: what can be run."""

import json
from typing import Annotated

import typer
from rich.text import Text

from netpulse_core.cli import parameters, wording
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.place import reading
from netpulse_core.cli.screen import clean, table
from netpulse_core.client.answers import OfferedRunbook

app = typer.Typer()


@app.command("runbooks")
@shared
def runbooks(
    given: Given, name: Annotated[str | None, typer.Argument(help="One alone, with its parameters.")] = None
) -> None:
    """List runbooks, or show one with its parameters."""
    with reading(given) as at:
        if name is not None:
            book = at.client.runbook(name)
            given.screen.document(book)
            _describe(given, book)
            return
        books = at.client.runbooks()
    given.screen.document(books)
    shown = table("RUNBOOK", "KIND", "WHAT IT DOES", "PARAMETERS", whole=(0, 1))
    for book in books:
        shown.add_row(book.name, _kind(book), clean(book.sentence), " ".join(book.parameters.get("properties", {})))
    given.screen.say(shown)


def _describe(given: Given, book: OfferedRunbook) -> None:
    schema, screen = book.parameters, given.screen
    screen.say(Text.assemble((book.name, "bold"), "  ", _kind(book)), clean(book.sentence), "")
    shown = table("PARAMETER", "TYPE", "DEFAULT", whole=(0, 2))
    required = schema.get("required", ())
    for name, form in schema.get("properties", {}).items():
        default = Text("required", style="yellow") if name in required else Text(json.dumps(form.get("default")))
        shown.add_row(name, parameters.in_words(form, schema), default)
    screen.say(shown, "")
    facts = {
        "timeout": wording.seconds(book.timeout),
        "attempts": str(book.attempts),
        "drivers": ", ".join(book.drivers),
        "platforms": ", ".join(book.platforms),
    }
    for word, fact in facts.items():
        if fact:
            screen.say(Text.assemble((f"{word:<11}", "dim"), clean(fact)))
    words = " ".join(f"-p {name}=..." for name in required)
    screen.say(Text(f"{given.netpulse} run {book.name} -t TARGET {words}".rstrip(), style="dim"))


def _kind(book: OfferedRunbook) -> Text:
    return Text("changes", style="bold yellow") if book.changes else Text("reads", style="green")
