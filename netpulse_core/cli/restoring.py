"""`ledger backup`, `ledger restore`, `ledger restored`: copies of the ledger, and what a copy cannot know."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from netpulse_core.cli import wording
from netpulse_core.cli.given import Given
from netpulse_core.cli.ledger import alone, opened
from netpulse_core.cli.screen import Screen
from netpulse_core.errors import InvalidParameters
from netpulse_core.ledger import copies
from netpulse_core.ledger.declared import Declared
from netpulse_core.ledger.inuse import others, require_stopped
from netpulse_core.ledger.restoring import Restored, require_reason
from netpulse_core.model.caller import LOCAL

Reason = Annotated[str, typer.Option(help="What happened: those who resolve the doubts read it.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def backup(
    given: Given,
    file: Annotated[Path, typer.Argument(help="Where to write it.")],
    replace: Annotated[bool, typer.Option("--replace", help="Also where such a file is there.")] = False,
) -> None:
    """Write a copy of a SQLite ledger, as it is at one moment, to a file; the site may be up."""
    with opened(given) as at, given.screen.doing("copying the ledger"):
        at.require_current()
        size = copies.backup(at.database, file, replace=replace)
    given.screen.document({"file": file, "size": size})
    given.screen.say(f"{file}: {wording.size(size)}")


def restore(
    given: Given,
    file: Annotated[Path, typer.Argument(help="What `ledger backup` wrote.")],
    reason: Reason,
    yes: Yes = False,
) -> None:
    """Put a copy in the place of a SQLite ledger, every unfinished change in doubt; the site must not be up."""
    require_reason(reason)
    with alone(given), opened(given) as at:
        require_stopped(at.database)
        _ask(given.screen, yes, f"{file} takes the place of {at!r}: what was recorded since is set aside")
        with given.screen.doing("restoring the ledger"):
            found, former = copies.restore(at.database, file, reason, by=LOCAL.name)
    given.screen.document({"restored": found, "former": former})
    _say(given, found)
    if former is not None:
        given.screen.say(f"the former ledger is kept as {former}")


def restored(
    given: Given,
    reason: Reason,
    yes: Yes = False,
    again: Annotated[
        bool, typer.Option("--again", help="Also where PostgreSQL's failover was declared by itself a moment before.")
    ] = False,
) -> None:
    """Say that this ledger was restored, or failed over with possible loss: every unfinished change is in doubt."""
    require_reason(reason)
    with opened(given) as at:
        at.require_current()
        require_stopped(at.database)
        _warn(given.screen, others(at.database))
        _ask(given.screen, yes, f"every unfinished change of {at!r} will be in doubt, and its device held")
        if at.database.sqlite:
            with alone(given):
                require_stopped(at.database)
                found = at.restoring.declare(reason, by=LOCAL.name)
        else:
            found = at.restoring.declare(reason, by=LOCAL.name, again=again)
        served = not at.database.sqlite
    given.screen.document({"restored": found})
    _say(given, found, served=served)


def _ask(screen: Screen, yes: bool, what: str) -> None:
    if yes:
        return
    if not screen.interactive:
        raise InvalidParameters("--yes", [f"there is no terminal to ask on, and {what}"], hint="say --yes to do it")
    screen.note(Text(what, style="bold yellow"))
    typer.confirm("go ahead?", abort=True, err=True)


def _warn(screen: Screen, connections: int) -> None:
    if connections:
        open_ones = f"{wording.count(connections, 'connection')} of other processes to this ledger"
        what = f"there is {open_ones}: stop every api, worker and scheduler, but for a failover that they live through"
        screen.note(Text(what, style="yellow"))


def _say(given: Given, found: Restored, *, served: bool = False) -> None:
    doubts = f"{wording.count(found.in_doubt, 'change')} of {wording.count(found.runs, 'run')} in doubt"
    if found.declared is None:
        missed = f"{wording.count(found.schedules, 'schedule')} start anew from now"
        given.screen.say(f"{doubts}, {wording.count(found.queued_again, 'read')} queued again, {missed}")
    else:
        _say_before(given, found.declared)
        given.screen.say(f"still {doubts}")
    gone = "freezes and pauses set in the past that is lost are gone: set them again before anything starts"
    given.screen.say(Text(gone, style="yellow"))
    if found.in_doubt:
        where = ", where `netpulse api` is up" if served else ""
        given.screen.say(f"see them: {given.netpulse} runs --verdict in_doubt{where}")


def _say_before(given: Given, declared: Declared) -> None:
    when = wording.until(declared.at, time.time())
    given.screen.say(
        f"declared already, {when} by {declared.by}: {declared.reason}",
        "nothing was done again, and what was accepted since is not in doubt; --again puts that in doubt too",
    )
