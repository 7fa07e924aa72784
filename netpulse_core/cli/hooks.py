"""`hooks`: webhooks in, and what an event would ask for."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from netpulse_core.cli import wording
from netpulse_core.cli.exits import ExitCode
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.place import reading
from netpulse_core.cli.screen import clean, table
from netpulse_core.errors import InvalidParameters
from netpulse_core.model import jsontext

app = typer.Typer()
hooks = typer.Typer(help="List webhooks in, and say what an event would ask for.")
app.add_typer(hooks, name="hooks")

Name = Annotated[str, typer.Argument(help="A hook: the name of its file in schedules/hooks/.")]


@hooks.callback(invoke_without_command=True)
@shared
def hooks_by_default(given: Given) -> None:
    """List webhooks in, and say what an event would ask for."""
    _listed(given)


@hooks.command("list")
@shared
def listed(given: Given) -> None:
    """List the hooks whose files are right."""
    _listed(given)


@hooks.command("show")
@shared
def show(given: Given, name: Name) -> None:
    """Show one hook."""
    with reading(given) as at:
        found = at.client.hooks.one(name)
    given.screen.document(found)
    shown = table("KEY", "VALUE", whole=(0,))
    said = {name: getattr(found, name) for name in found.__slots__ if name not in ("name", "last_at")}
    said["sent to"] = f"/v1/hooks/{found.name}"
    said["last event"] = wording.instant(found.last_at) if found.last_at else "none yet"
    for key, value in said.items():
        words = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | bool) else value
        shown.add_row(key, clean("" if words is None else str(words)))
    given.screen.say(shown)


@hooks.command("test")
@shared
def test(
    given: Given,
    name: Name,
    body: Annotated[Path, typer.Option(help="A file with the JSON a sender would send; `-` is standard input.")],
) -> None:
    """Say what an event with this body would ask for; nothing is recorded, and nothing is run."""
    data = _json(body)
    with reading(given) as at:
        found = at.client.hooks.test(name, data)
    given.screen.document(found)
    if not found.devices:
        given.screen.say(f"it would be ignored: {clean(found.reason)}")
        raise typer.Exit(ExitCode.NOT_GOOD)
    given.screen.say(f"it would run {clean(found.runbook)} on {clean(', '.join(found.devices))}")
    given.screen.say(clean(json.dumps(dict(found.parameters), ensure_ascii=False)))


def _listed(given: Given) -> None:
    with reading(given) as at:
        found = at.client.hooks.all()
    given.screen.document(found)
    shown = table("HOOK", "RUNBOOK", "TARGET", "SIGNED", "DEBOUNCE", "AT MOST", "LAST EVENT", right=(4, 5), whole=(0,))
    for one in found:
        last = wording.instant(one.last_at) if one.last_at else ""
        name = clean(one.name) if one.enabled else f"{clean(one.name)} (off)"
        signed, wait, most = one.signature.value, f"{one.debounce:g} s", f"{one.at_most} / h"
        shown.add_row(name, clean(one.runbook), clean(one.target), signed, wait, most, last)
    given.screen.say(shown if found else "there is no hook: a file schedules/hooks/NAME.yaml makes one")


def _json(path: Path) -> Any:
    try:
        text = typer.get_text_stream("stdin").read() if str(path) == "-" else path.read_text(encoding="utf-8")
        return jsontext.read(text, "body", str(path))
    except OSError as error:
        raise InvalidParameters("body", [f"{path} cannot be read: {error.strerror}"]) from error
    except (ValueError, RecursionError) as error:
        raise InvalidParameters("body", [f"{path} is not JSON: {error}"]) from error
