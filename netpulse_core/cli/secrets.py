"""`secrets`: the encrypted store of a site, by whoever holds its folder; a value is read, never shown."""

import sys
from typing import Annotated

import typer

from netpulse_core.cli import wording
from netpulse_core.cli.exits import ExitCode
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.ledger import opened
from netpulse_core.cli.place import settings_of
from netpulse_core.cli.screen import table
from netpulse_core.errors import InvalidParameters
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.secretstore import require_name
from netpulse_core.settings import Settings

app = typer.Typer()
secrets = typer.Typer(help="Keep secrets encrypted in the ledger, for references secret:NAME.", no_args_is_help=True)
app.add_typer(secrets, name="secrets")

_Name = Annotated[str, typer.Argument(help="The secret's name; a reference to it is secret:NAME.")]


@secrets.command("set")
@shared
def keep(given: Given, name: _Name) -> None:
    """Keep a secret: asked for on a terminal, else read from stdin without its last newline."""
    require_name(name)
    value = _asked(given, name)
    if not value:
        raise InvalidParameters("secret", ["it is empty"], hint=f"pipe it in: `netpulse secrets set {name} < FILE`")
    with opened(given) as ledger:
        ledger.require_current()
        ledger.secrets.set(name, value, by=LOCAL.name)
    given.screen.document({"name": name, "reference": f"secret:{name}"})
    given.screen.say(f"kept: write secret:{name} where it is used")


@secrets.command("list")
@shared
def listed(given: Given) -> None:
    """List the secrets, and when each was last set."""
    with opened(given) as ledger:
        ledger.require_current()
        found = ledger.secrets.all()
    given.screen.document(found)
    shown = table("REFERENCE", "KEY", "CHANGED", "BY", whole=(0, 1))
    for one in found:
        shown.add_row(f"secret:{one.name}", one.key, wording.instant(one.changed_at), one.changed_by)
    given.screen.say(shown if found else "no secret is kept: `netpulse secrets set NAME` keeps one")


@secrets.command("remove")
@shared
def remove(given: Given, name: _Name) -> None:
    """Forget a secret: whatever still refers to it fails from then on."""
    with opened(given) as ledger:
        ledger.require_current()
        ledger.secrets.remove(name, by=LOCAL.name)
    given.screen.document({"removed": name})
    given.screen.say(f"secret:{name} is gone")


@secrets.command("rotate-key")
@shared
def rotate(
    given: Given,
    new: Annotated[bool, typer.Option("--new", help="Make a key first, where the site keeps its own.")] = False,
) -> None:
    """Wrap all that is sealed under the newest key; workers go on reading."""
    with opened(given) as ledger:
        ledger.require_current()
        moved = ledger.secrets.rewrap(by=LOCAL.name, fresh=new)
        keys = ledger.secrets.keys()
    newest = next(iter(keys))
    given.screen.document({"key": newest, "moved": moved})
    said = [wording.count(count, what.removesuffix("s")) for what, count in moved.items() if count]
    given.screen.say(f"{', '.join(said) or 'nothing'} moved to the key {newest}")
    if len(keys) > 1:
        given.screen.note("copies of the ledger need the former keys: keep those as long as the copies")


@secrets.command("status")
@shared
def status(given: Given) -> None:
    """Say which keys there are, and what each one wraps."""
    with opened(given) as ledger:
        ledger.require_current()
        found = ledger.secrets.keys()
    given.screen.document([{"key": key, "at_hand": use.at_hand, **use.wraps} for key, use in found.items()])
    shown = table("KEY", "AT HAND", "SECRETS", "CONFIGURATIONS", "FILES", "PARAMETERS", right=(2, 3, 4, 5))
    for key, use in found.items():
        shown.add_row(key, "yes" if use.at_hand else "NO", *map(str, use.wraps.values()))
    given.screen.say(shown if found else _no_key(settings_of(given)))
    if any(use.needed and not use.at_hand for use in found.values()):
        raise typer.Exit(ExitCode.UNUSABLE)


def _no_key(settings: Settings) -> str:
    """Say how there comes to be a key: a site makes one only where nobody said where its keys are."""
    if settings.store_keys_file is not None:
        file = settings.site / settings.store_keys_file
        found = "is empty" if file.exists() else "is missing"
        return f"there is no key: {file} {found}, and NetPulse makes none there: `openssl rand -hex 32` does"
    if not settings.embedded:
        return "there is no key: set NETPULSE_STORE_KEYS or store_keys_file, the same for each process"
    return "there is no key yet: the first `netpulse secrets set` of a site makes one"


def _asked(given: Given, name: str) -> str:
    if given.screen.interactive:
        answer: str = typer.prompt(f"secret:{name}", hide_input=True, confirmation_prompt=True, err=True)
        return answer
    return sys.stdin.read().removesuffix("\n").removesuffix("\r")
