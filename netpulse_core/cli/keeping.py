"""`ledger`: how large it is, what of it is too old, and its copies."""

import os
import time
import uuid
from typing import Annotated

import typer
from rich.text import Text

from netpulse_core.cli import restoring, wording
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.ledger import alone, opened
from netpulse_core.cli.place import settings_of
from netpulse_core.cli.screen import table
from netpulse_core.errors import Conflict
from netpulse_core.ledger.declared import Doubts
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.timeline import Moved
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.retention import Policy

app = typer.Typer()
ledger = typer.Typer(help="Look after the ledger: its size, what is too old, its copies.", no_args_is_help=True)
app.add_typer(ledger, name="ledger")
for _name, _command in (("backup", restoring.backup), ("restore", restoring.restore), ("restored", restoring.restored)):
    ledger.command(_name)(shared(_command))


@ledger.command("status")
@shared
def status(given: Given) -> None:
    """Say how large the ledger is, and what was removed last."""
    with opened(given) as at:
        at.require_current()
        (size, free), parts, last = at.sizes.total(), at.sizes.parts(), at.retention.last()
        moved, doubts = at.restoring.unsettled(), at.restoring.doubts()
        shown, goes_on = repr(at), moved is not None and at.restoring.loses_nothing(moved)
    said = {"ledger": shown, "size": size, "free": free, "parts": parts, "retention": last}
    given.screen.document(said | {"failover": moved, "in_doubt": doubts})
    room = f", of which {wording.size(free)} hold nothing now" if free else ""
    given.screen.say(f"{shown}: {wording.size(size)}{room}", "")
    counted = table("WHAT", "RECORDS", "SIZE", right=(1, 2))
    for part in parts:
        counted.add_row(part.name, f"{part.rows:,}", wording.size(part.size))
    given.screen.say(counted, "")
    if last is None or (last.finished_at is None and not last.under_way):
        given.screen.say("nothing was looked through for what is too old yet")
    elif last.under_way:
        given.screen.say(f"what is too old is being removed by {last.by}")
    else:
        given.screen.say(f"what is too old was removed {_ago(last.finished_at)} by {last.by}: {_told(last.removed)}")
    _say_doubts(given, moved, doubts, goes_on=goes_on)


@ledger.command("prune")
@shared
def prune(
    given: Given,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
) -> None:
    """Remove what is older than the settings `keep_...` say, as a worker does every hour; nothing has to stop."""
    policy = Policy.of(settings_of(given))
    with opened(given) as at:
        at.require_current()
        if dry_run:
            _say_due(given, at, policy)
            return
        with given.screen.doing("removing what is too old"):
            removed = _pruned(at, policy)
    given.screen.document({"removed": removed})
    given.screen.say(f"removed: {_told(removed)}")


@ledger.command("vacuum")
@shared
def vacuum(given: Given) -> None:
    """Make the file of a SQLite ledger as small as what it holds; the site must not be up."""
    with alone(given), opened(given) as at, given.screen.doing("writing the file anew"):
        before, _ = at.sizes.total()
        at.sizes.vacuum()
        after, _ = at.sizes.total()
    given.screen.document({"before": before, "after": after})
    given.screen.say(f"{wording.size(after)}, it was {wording.size(before)}")


def _say_doubts(given: Given, moved: Moved | None, doubts: Doubts, *, goes_on: bool) -> None:
    if doubts.changes:
        many = f"{wording.count(doubts.changes, 'change')} of {wording.count(doubts.runs, 'run')} in doubt"
        given.screen.say(
            "", Text(f"{many}: a person has to look, and to say `{given.netpulse} resolve`", style="yellow")
        )
    if moved is None:
        return
    if goes_on:
        then = "the first process that writes notes it, and all goes on"
    else:
        then = (
            "the first process that writes puts every unfinished change in doubt; "
            f"have it done now: {given.netpulse} ledger restored --reason TEXT"
        )
    given.screen.say("", Text(f"{moved}, and nobody has written here since: {then}", style="bold yellow"))


def _pruned(at: Ledger, policy: Policy) -> dict[str, int]:
    holder = f"{LOCAL.name} {os.getpid()} {uuid.uuid4().hex[:12]}"
    if not at.retention.begin(holder):
        last = at.retention.last()
        raise Conflict(
            f"what is too old is being removed already, by {last.by if last else 'another'}",
            hint="`netpulse ledger status` says when that is done; after 60 s of silence it may be taken over",
        )
    removed: dict[str, int] = {}
    began = time.monotonic()
    for piece in at.retention.round(holder, policy, by=LOCAL.name):
        for what, count in piece.items():
            removed[what] = removed.get(what, 0) + count
        time.sleep(max(0.005, time.monotonic() - began))  # others write in the pauses: SQLite's lock is not fair
        began = time.monotonic()
    return removed


def _say_due(given: Given, at: Ledger, policy: Policy) -> None:
    found = at.retention.due(policy)
    given.screen.document({"would_remove": found})
    shown = table("WHAT", "OLDER THAN", "WOULD GO", right=(1, 2))
    for one in found:
        shown.add_row(one.what, wording.seconds(one.older_than) or "kept for ever", f"{one.rows:,}")
    kept = f"the newest {wording.count(policy.at_least, 'run')} and whatever is unfinished or in doubt stay;"
    given.screen.say(shown, "", Text(f"{kept} texts and files go with what last needs them", style="dim"))


def _told(removed: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {what}" for what, count in removed.items() if count) or "nothing was too old"


def _ago(at: float | None) -> str:
    return wording.until(at, time.time())
