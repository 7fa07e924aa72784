"""`plugins`: what is loaded and what it offers, what is wrong, and who is called by which hook."""

from typing import Annotated

import typer
from rich.text import Text

from netpulse_core.cli import added
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.place import settings_of
from netpulse_core.cli.screen import clean, table
from netpulse_core.errors import NotFound
from netpulse_core.hooks import doctor as diagnoses
from netpulse_core.hooks.admission import line_of
from netpulse_core.hooks.manager import Plugins
from netpulse_core.hooks.spec import NAMES

app = typer.Typer()
plugins = typer.Typer(no_args_is_help=False)
app.add_typer(plugins, name="plugins")

OFFERED = ("runbooks", "drivers", "renderers", "parsers", "checks")

TRACE = "NETPULSE_TRACE_HOOKS=1 logs each call before it is made"


@plugins.callback(invoke_without_command=True)
@shared
def listed_by_default(given: Given) -> None:
    """List the plugins and what each offers, say what is wrong with them, or who is called by which hook."""
    _list(given)


@plugins.command("list")
@shared
def listed(given: Given) -> None:
    """List the plugins and what each offers: runbooks, drivers, renderers, parsers, checks, hooks, commands."""
    _list(given)


def _list(given: Given) -> None:
    loaded = Plugins.load(settings_of(given))
    offers, commands = loaded.offers(), sorted(added.names(loaded))
    given.screen.document({"plugins": offers, "drivers": list(loaded.drivers), "commands": commands})
    shown = table("PLUGIN", "VERSION", "OFFERS", "HOOKS", whole=(0, 1))
    for one in offers:
        shown.add_row(
            clean(one["plugin"]),
            clean(one["version"]),
            clean("\n".join(f"{kind}: {', '.join(one[kind])}" for kind in OFFERED if one[kind])),
            clean(", ".join(one["hooks"])),
        )
    given.screen.say(shown)
    if commands:
        given.screen.say("", Text.assemble(("commands they add  ", "bold"), clean(", ".join(commands))))


@plugins.command("doctor")
@shared
def doctor(given: Given) -> None:
    """Look at each plugin by itself and say all that is wrong; exit code 1 where anything is."""
    found = list(diagnoses.examined(settings_of(given)))
    given.screen.document(
        {
            "plugins": [
                {
                    "plugin": one.plugin.id if one.plugin else one.overlooked or None,
                    "line": line_of(one.plugin) if one.plugin else None,
                    "state": _state(one),
                    "problem": one.problem,
                    "hint": one.hint,
                }
                for one in found
            ]
        }
    )
    for one in found:
        state = Text("blocked", "yellow") if one.blocked else Text("broken", "bold red") if one.problem else None
        state = Text("not loaded", "yellow") if one.overlooked else state
        name = one.plugin.id if one.plugin else one.overlooked or "all together"
        given.screen.say(Text.assemble(state or Text("well", "green"), "  ", (clean(name), "bold"), _said(one.problem)))
        if one.hint:
            given.screen.say(Text(f"  {clean(one.hint)}", style="dim"))
    if any(one.problem for one in found):
        raise typer.Exit(1)


def _state(one: diagnoses.Diagnosis) -> str:
    if one.overlooked:
        return "not loaded"
    return "blocked" if one.blocked else "broken" if one.problem else "well"


@plugins.command("trace")
@shared
def trace(given: Given, hook: Annotated[str | None, typer.Argument(help="One hook alone.")] = None) -> None:
    """Show which plugins each hook calls, and in what order."""
    if hook is not None and hook not in NAMES:
        raise NotFound("hook", hook, known=NAMES)
    loaded = Plugins.load(settings_of(given))
    called = {name: loaded.called(name) for name in NAMES if hook in (None, name)}
    given.screen.document({"hooks": called})
    shown = table("HOOK", "CALLS, IN THIS ORDER", whole=(0,))
    for name, names in called.items():
        shown.add_row(name, clean(", ".join(names)) if names else Text("nobody", style="dim"))
    given.screen.say(shown, "", Text(TRACE, style="dim"))


def _said(problem: str) -> str:
    return f"  {clean(' '.join(problem.split()))}" if problem else ""
