"""The names of all commands; the module behind one is imported when it is called, so that help is quick."""

import importlib
import signal
import sys
from collections.abc import Callable
from functools import partial
from itertools import takewhile
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.screen import Screen
from netpulse_core.cli.streams import outliving
from netpulse_core.errors import NetPulseError

_RUN, _ASK, _SERVE, _SITE = "Run", "Ask", "Serve", "Site and ledger"

COMMANDS: tuple[tuple[str, str, str, str], ...] = (
    ("run", "run", _RUN, "Run a runbook on the devices a target means, and show what came of it."),
    ("runs", "runs", _RUN, "List runs, newest first."),
    ("show", "runs", _RUN, "Show a run, or what one device answered in it."),
    ("record", "record", _RUN, "Record a session with a device as a cassette: for the lab, tests and bug reports."),
    ("cancel", "stopping", _RUN, "Cancel a run, or some devices of it."),
    ("rerun", "rerun", _RUN, "Ask for a run once more on the devices that did not end well."),
    ("freeze", "freezes", _RUN, "Let no change begin on any device, or on those of a target."),
    ("thaw", "freezes", _RUN, "End a freeze: what waited for it goes on."),
    ("freezes", "freezes", _ASK, "List what is frozen, by whom, why and until when."),
    ("windows", "windows", _ASK, "List maintenance windows and blackouts, and say what may be changed now."),
    ("explain", "explain", _ASK, "Say why a run selected a device, what happened to it, and why it waits or is red."),
    ("resolve", "runs", _RUN, "Say what a device in doubt really shows, which frees it."),
    ("devices", "fleet", _ASK, "List devices, all or those a target means."),
    ("targets", "fleet", _ASK, "Preview a target: who is selected, and how many by site, role and group."),
    ("nodes", "fleet", _ASK, "List the workers, living and lately ended."),
    ("sessions", "sessions", _ASK, "Show the open sessions of the workers, and how they came and went."),
    ("runbooks", "catalogue", _ASK, "List runbooks, or show one with its parameters."),
    ("breakers", "logins", _ASK, "List the devices that could not be reached, and let one be tried at once."),
    ("brakes", "logins", _ASK, "List the credentials that devices refused, and let one be used again."),
    (
        "credentials",
        "credentials",
        _ASK,
        "Show which of its credentials each device took last, while they are rotated.",
    ),
    ("hostkeys", "logins", _ASK, "List, approve and forget the host keys of devices."),
    ("drivers", "drivers", _ASK, "List drivers, or show one: what of it reads, and what each platform can do."),
    ("checks", "checks", _ASK, "List compliance checks, and judge devices by them."),
    ("compliance", "compliance", _ASK, "Report what runs found, what stands now, and since when."),
    ("config", "config", _ASK, "Show the configurations that are kept, what changed in them, and what leads back."),
    ("schedules", "schedules", _ASK, "List schedules, plan and apply their files, pause them, run one now."),
    ("policies", "policies", _ASK, "List policies, look at their files, and judge saved or rendered configurations."),
    ("webhooks", "webhooks", _ASK, "List the endpoints of events, what was sent to them, and send it again."),
    ("hooks", "hooks", _ASK, "List webhooks in, and say what an event would ask for."),
    ("templates", "templates", _ASK, "List the templates that render and parse text."),
    ("render", "templates", _ASK, "Render a template for a device, and send it nowhere."),
    ("parse", "templates", _ASK, "Parse what a device said into records."),
    ("files", "files", _ASK, "Keep files that runs name, list them and fetch them."),
    ("up", "up", _SERVE, "Serve a site from one process: API, worker, scheduler and ledger."),
    ("api", "processes", _SERVE, "Serve the REST API of a distributed site."),
    ("worker", "processes", _SERVE, "Run a worker of a distributed site."),
    ("scheduler", "processes", _SERVE, "Run the scheduler of a distributed site."),
    ("demo", "demo", _SERVE, "See it work: a simulated network, a run over REST, its outputs, its schedule."),
    ("lab", "lab", _SERVE, "Simulate a network of SSH devices."),
    ("init", "site", _SITE, "Write a working new site."),
    ("check", "site", _SITE, "Say everything that is wrong with a site, with file, line and key."),
    ("plugins", "plugins", _SITE, "List the plugins, say what is wrong with them, and who calls them."),
    ("plugin", "plugin", _SITE, "Begin a plugin of your own."),
    ("db", "ledger", _SITE, "Migrate the ledger."),
    ("ledger", "keeping", _SITE, "Look after the ledger: its size, what is too old, its copies."),
    ("keys", "keys", _SITE, "Make, list, rotate and revoke API keys."),
    ("audit", "audit", _SITE, "Read who did what, and prove that every record is there."),
    ("secrets", "secrets", _SITE, "Keep secrets encrypted in the ledger, for references secret:NAME."),
)
"""Name, module, panel of the help, sentence."""

OURS = frozenset(name for name, *_ in COMMANDS)


class Door(TyperGroup):
    """The way in and the way out: it imports the command that was called, and tells how that ended."""

    json = False
    """Whether the command line that is run asks for JSON anywhere."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command of ours, or else of a plugin of the site one stands in; the help shows ours alone."""
        ours = super().get_command(ctx, cmd_name)
        if ours is not None or cmd_name.startswith("-"):
            return ours
        return importlib.import_module("netpulse_core.cli.added").commands(ctx.params).get(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Put the command itself in the place of its entry in the help."""
        name, entry, rest = super().resolve_command(ctx, args)
        command = load(str(name)) if name in OURS else entry
        if self.json:
            _without_help(command)
        return name, command, rest

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command line; an error made on purpose is one line and its hint, any other keeps its traceback."""
        if not extra.get("standalone_mode", True):
            return super().main(*args, **extra)
        words = extra.get("args") or (args[0] if args else None) or sys.argv[1:]
        command = partial(super().main, *args, **{**extra, "standalone_mode": False})
        self.json = "--json" in takewhile(lambda word: word != "--", words)  # told also of what is misspelt
        with outliving() as out:
            code = _ended(command, Screen(json=self.json))
        sys.exit(code or (importlib.import_module("netpulse_core.cli.exits").ExitCode.UNWRITTEN if out.lost else 0))


class _Stopped(BaseException):
    """SIGTERM came before a process had begun; no `except Exception` of what is imported may take it for its own."""


def _stop(number: int, frame: object) -> None:
    raise _Stopped


def load(name: str) -> Any:
    """Return a command, its module imported."""
    module = next(module for known, module, _, _ in COMMANDS if known == name)
    if module in ("up", "processes"):  # which take the signal themselves once all is imported
        signal.signal(signal.SIGTERM, _stop)
    return get_group(importlib.import_module(f"netpulse_core.cli.{module}").app).commands[name]


def _without_help(command: Any) -> None:
    """Have a group that is called without a command say so, as an error, where it would show its help on stdout."""
    command.no_args_is_help = False
    for inner in getattr(command, "commands", {}).values():
        _without_help(inner)


def _ended(command: Callable[[], Any], screen: Screen) -> int:
    try:
        code = command()
    except NetPulseError as error:
        screen.error(error)
        return int(importlib.import_module("netpulse_core.cli.exits").of_error(error))
    except typer.TyperException as error:
        context, said = getattr(error, "ctx", None), error.format_message()
        if said:  # nothing where commands were called without one: their help has been shown
            screen.error(NetPulseError(said, hint=f"see `{context.command_path} --help`" if context else ""))
        return 2
    except typer.Abort:
        screen.error(NetPulseError("answered with no: nothing was done"))
        return 130
    except _Stopped:
        screen.note("stopped before it had begun")
        return 0
    return code if isinstance(code, int) else 0


app = typer.Typer(
    cls=Door,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        version = importlib.import_module("importlib.metadata").version("netpulse")
        Screen().say(f"netpulse {version}")
        raise typer.Exit


@app.callback()
@shared
def netpulse(
    given: Given,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Say the version and end.")
    ] = False,
) -> None:
    """NetPulse: Nornir, made durable, distributed and scheduled."""


def _entry() -> None:
    """Stand in the help for a command that is not imported."""


for _name, _, _panel, _sentence in COMMANDS:
    app.command(_name, help=_sentence, rich_help_panel=_panel)(_entry)
