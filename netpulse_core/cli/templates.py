"""`templates`, `render`, `parse`: text made and read without a device."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from netpulse_core.cli import wording
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.place import reading
from netpulse_core.cli.screen import clean, plain, table
from netpulse_core.errors import InvalidParameters
from netpulse_core.model import jsontext
from netpulse_core.model.templates import Parsed, Rendered

app = typer.Typer()

_Explain = Annotated[bool, typer.Option("--explain", help="Say which template was chosen, and why.")]


@app.command("templates")
@shared
def templates(
    given: Given,
    part: Annotated[str, typer.Argument(metavar="[PART]", help="Those whose name holds this.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Those of packages too: there are a thousand.")] = False,
) -> None:
    """List the templates of the site and of plugins, and with --all or a part of a name those of packages."""
    with reading(given) as at:
        known = [one for one in at.client.templates.list() if part in one.name]
    shown = [one for one in known if every or part or not one.package]
    given.screen.document(shown)
    listed = table("TEMPLATE", "ENGINE", "FROM", whole=(0, 1))
    for one in shown:
        name = f"{one.root}:{one.name}" if one.hidden else one.name
        listed.add_row(clean(name), one.engine, clean(one.package or one.root))
    left = len(known) - len(shown)
    given.screen.say(*([listed] if shown else []))
    if left:
        given.screen.say(Text(f"and {wording.count(left, 'template')} of packages: --all lists them", style="dim"))
    if not known:
        given.screen.say("no such template")


@app.command("render")
@shared
def render(
    given: Given,
    template: Annotated[str, typer.Argument(help="Its name, as `netpulse templates` lists it.")],
    device: Annotated[str | None, typer.Option("--device", "-d", help="Render it with this device's data.")] = None,
    var: Annotated[
        list[str] | None,
        typer.Option("--var", metavar="NAME=VALUE", help="A variable; JSON where it is that, else text."),
    ] = None,
    explain: _Explain = False,
) -> None:
    """Render a template for a device, and send it nowhere."""
    with reading(given) as at:
        made = at.client.templates.render(template, device=device, variables=_variables(var or []))
    given.screen.document(made)
    if made.stale:
        given.screen.note(Text.assemble(("warning: ", "bold yellow"), clean(made.stale)))
    if explain:
        _explain(given, made, made.renderer)
        for one in made.wanted:
            given.screen.note(Text(f"  needs {one.name}, at {one.place}:{one.line}", style="dim"))
    if not given.json:
        sys.stdout.write(_on_a_terminal(made.text) if sys.stdout.isatty() else made.text)


@app.command("parse")
@shared
def parse(
    given: Given,
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="What the device said; `-` is standard input.")] = Path(
        "-"
    ),
    platform: Annotated[str, typer.Option("--platform", "-p", help="As netmiko calls it: `cisco_ios`.")] = "",
    command: Annotated[str, typer.Option("--command", "-c", help="What was asked, `sh ver` as well.")] = "",
    template: Annotated[str, typer.Option("--template", "-t", help="A template by name instead.")] = "",
    parser: Annotated[str, typer.Option("--parser", help="Ask this one alone: textfsm, ttp.")] = "",
    explain: _Explain = False,
) -> None:
    """Parse what a device said; without a record, exit code 4."""
    text = _read(file)
    with reading(given) as at:
        made = at.client.templates.parse(text, template=template, platform=platform, command=command, parser=parser)
    given.screen.document(made)
    if explain:
        _explain(given, made, made.parser)
        known = "" if made.matched is None else f", {made.matched} of them known to the template"
        given.screen.note(Text(f"  {wording.count(made.lines, 'line')}{known}", style="dim"))
    if made.records:
        _show(given, made)
    if made.suspect:
        given.screen.note(Text.assemble(("suspect: ", "bold yellow"), clean(made.suspect)))
        raise typer.Exit(4)


def _explain(given: Given, made: Rendered | Parsed, engine: str) -> None:
    said = Text.assemble((clean(made.template), "bold"), f"  {engine}  {clean(made.version)}")
    given.screen.note(said)
    given.screen.note(Text(f"  {clean(made.why)}", style="dim"))


def _show(given: Given, made: Parsed) -> None:
    """Show records as a table where they are flat, and else as JSON."""
    flat = all(isinstance(one, Mapping) and all(_is_flat(value) for value in one.values()) for one in made.records)
    if not flat or len({tuple(one) for one in made.records}) != 1:
        given.screen.say(clean(json.dumps(plain(made.records), indent=2, ensure_ascii=False)))
        return
    names = [name for name in made.records[0] if any(record[name] not in ("", []) for record in made.records)]
    shown = table(*(clean(name).upper() for name in names))
    for record in made.records:
        shown.add_row(*(clean(_word(record[name])) for name in names))
    given.screen.say(shown)


def _is_flat(value: Any) -> bool:
    return not isinstance(value, Mapping) and not (isinstance(value, list) and any(map(_is_nested, value)))


def _is_nested(value: Any) -> bool:
    return isinstance(value, (Mapping, list))


def _word(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


def _variables(said: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in said:
        name, sign, value = one.partition("=")
        if not sign or not name:
            raise InvalidParameters("render", [f"--var {one!r} is not NAME=VALUE"])
        try:
            found[name] = jsontext.read(value, "render", f"--var {name}")
        except json.JSONDecodeError:
            found[name] = value
    return found


def _read(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidParameters("parse", [f"{file} cannot be read: {error}"]) from error


def _on_a_terminal(text: str) -> str:
    """Return what a terminal may be given of a rendered text: no control characters, and whole lines."""
    return clean(text) if text.endswith("\n") or not text else f"{clean(text)}\n"
