"""`ledger`: how large it is, and what of it is too old."""

import os
import time
import uuid
from typing import Annotated

import typer
from rich.text import Text

from netpulse_core.cli import wording
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.ledger import opened
from netpulse_core.cli.place import settings_of
from netpulse_core.cli.screen import table
from netpulse_core.embedded.site_lock import SiteLock
from netpulse_core.errors import Conflict
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.retention import Policy

app = typer.Typer()
ledger = typer.Typer(help="Say how large the ledger is, and remove what is too old.", no_args_is_help=True)
app.add_typer(ledger, name="ledger")

_UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


@ledger.command("status")
@shared
def status(given: Given) -> None:
    """Say how large the ledger is, and what was removed last."""
    with opened(given) as at:
        at.require_current()
        (size, free), parts, last = at.sizes.total(), at.sizes.parts(), at.retention.last()
        shown = repr(at)
    given.screen.document({"ledger": shown, "size": size, "free": free, "parts": parts, "retention": last})
    room = f", of which {_bytes(free)} hold nothing now" if free else ""
    given.screen.say(f"{shown}: {_bytes(size)}{room}", "")
    counted = table("WHAT", "RECORDS", "SIZE", right=(1, 2))
    for part in parts:
        counted.add_row(part.name, f"{part.rows:,}", _bytes(part.size))
    given.screen.say(counted, "")
    if last is None or (last.finished_at is None and not last.under_way):
        given.screen.say("nothing was looked through for what is too old yet")
    elif last.under_way:
        given.screen.say(f"what is too old is being removed by {last.by}")
    else:
        given.screen.say(f"what is too old was removed {_ago(last.finished_at)} by {last.by}: {_told(last.removed)}")


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
    settings = settings_of(given)
    with opened(given) as at, SiteLock(settings.state), given.screen.doing("writing the file anew"):
        before, _ = at.sizes.total()
        at.sizes.vacuum()
        after, _ = at.sizes.total()
    given.screen.document({"before": before, "after": after})
    given.screen.say(f"{_bytes(after)}, it was {_bytes(before)}")


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


def _bytes(size: int | None) -> str:
    if size is None:
        return ""
    for unit, name in _UNITS:
        if size >= unit:
            return f"{size / unit:,.1f} {name}"
    return f"{size} B"
