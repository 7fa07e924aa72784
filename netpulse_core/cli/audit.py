"""`audit`: who did what, and the proof that no record of it was changed or taken away."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from netpulse_core.cli import wording
from netpulse_core.cli.exits import ExitCode
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.ledger import opened
from netpulse_core.cli.place import reading
from netpulse_core.cli.screen import clean, table
from netpulse_core.errors import InvalidParameters
from netpulse_core.model.audit import Anchor

app = typer.Typer()
audit = typer.Typer(help="Read who did what, and prove that every record is there.", no_args_is_help=True)
app.add_typer(audit, name="audit")


@audit.command("list")
@shared
def listed(
    given: Given,
    actor: Annotated[str | None, typer.Option("--by", help="Of this caller alone.")] = None,
    action: Annotated[str | None, typer.Option(help="This alone, `run.accepted` say.")] = None,
    thing: Annotated[str | None, typer.Option("--on", help="What was done to this run, key or device.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many, newest first.")] = 50,
) -> None:
    """List what was decided, newest first."""
    with reading(given) as at:
        found = at.client.audit.records(actor=actor, action=action, object=thing, limit=limit)
    given.screen.document(found)
    shown = table("NUMBER", "WHEN", "BY", "ACTION", "ON", "SAID", right=(0,), whole=(0, 1, 3))
    for one in found:
        said = ", ".join(f"{name}={_said(value)}" for name, value in one.body.items())
        row = (f"{one.number or ''}", wording.instant(one.at), clean(one.actor), one.action, clean(one.object))
        shown.add_row(*row, clean(said))
    given.screen.say(shown if found else "nothing of that kind is on record")


@audit.command("verify")
@shared
def verify(
    given: Given,
    anchor: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="What `audit anchor` said once, kept elsewhere.")
    ] = None,
) -> None:
    """Prove that every record is there as it was written; exit 4 where one is not."""
    kept = None if anchor is None else _read(anchor)
    with opened(given) as ledger, given.screen.doing("walking the chain"):
        ledger.require_current()
        found = ledger.audit.verify(kept)
    given.screen.document(found)
    for problem in found.problems:
        given.screen.say(Text(problem, style="bold red"))
    if found.problems:
        raise typer.Exit(ExitCode.NOT_GOOD)
    what = f"records {found.first:,} to {found.last:,} are as they were written" if found.records else "no record yet"
    given.screen.say(Text(what, style="green"))
    if found.unchained:
        given.screen.note(f"{wording.count(found.unchained, 'record')} from before the chain cannot be proven")


@audit.command("anchor")
@shared
def anchored(given: Given) -> None:
    """Print the end of the chain as JSON: keep it where whoever holds the database cannot write."""
    with opened(given) as ledger:
        ledger.require_current()
        end = ledger.audit.anchor()
    said = {"number": end.number, "mac": end.mac, "at": end.at}
    given.screen.document(said)
    given.screen.say(json.dumps(said))


def _said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _read(path: Path) -> Anchor:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return Anchor(number=int(said["number"]), mac=str(said["mac"]), at=float(said["at"]))
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise InvalidParameters("audit verify", [f"{path} is not what `netpulse audit anchor` prints"]) from error
