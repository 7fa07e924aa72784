"""`plugin new`: begin a plugin of one's own."""

import shlex
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from netpulse_core.cli.given import Given, shared
from netpulse_core.testing import scaffold

app = typer.Typer()
plugin = typer.Typer(help="Begin a plugin of your own.", no_args_is_help=True)
app.add_typer(plugin, name="plugin")


@plugin.callback()
def group() -> None:
    """Begin a plugin of your own."""


@plugin.command("new")
@shared
def new(
    given: Given,
    name: Annotated[str, typer.Argument(help="Of the distribution, such as acme-driver.", show_default=False)],
    kind: Annotated[str, typer.Option("--kind", help=f"One of {', '.join(scaffold.KINDS)}.", show_default=False)],
    into: Annotated[
        Path | None, typer.Option("--into", metavar="DIR", help="Else a folder of its name.", show_default=False)
    ] = None,
) -> None:
    """Write an installable plugin with tests that pass at once."""
    folder = into or Path(name)
    written = scaffold.create(folder, name, kind)
    screen = given.screen
    screen.document({"name": name, "kind": kind, "folder": folder, "files": written})
    screen.say(Text.assemble(f"a {kind} of your own in ", (str(folder.resolve()), "bold")))
    for path in written:
        screen.say(Text(f"  {path.relative_to(folder)}", style="dim"))
    screen.say("", "next:", f"  cd {shlex.quote(str(folder))}", "  pip install -e '.[test]'", "  pytest")
