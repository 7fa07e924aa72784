"""`db`: the ledger of a site, by whoever holds its folder."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.place import settings_of
from netpulse_core.controller.keeping import ledger_of
from netpulse_core.embedded.site_lock import SiteLock
from netpulse_core.errors import Conflict
from netpulse_core.keyfile import secret_key, state_folder
from netpulse_core.ledger import schema
from netpulse_core.ledger.ledger import Ledger

app = typer.Typer()
db = typer.Typer(help="Migrate the ledger.", no_args_is_help=True)
app.add_typer(db, name="db")


@db.command("upgrade")
@shared
def upgrade(given: Given) -> None:
    """Bring the ledger to the shape this program knows."""
    with opened(given) as ledger, given.screen.doing("migrating"):
        before = schema.current(ledger.database)
        ledger.upgrade()
        now = schema.current(ledger.database)
    given.screen.document({"before": before, "now": now})
    was = "it was new" if before is None else f"it was at {before}"
    given.screen.say(f"the ledger is at {now}, {'as before' if before == now else was}")


@db.command("current")
@shared
def current(given: Given) -> None:
    """Say which shape the ledger has, and which this program knows."""
    with opened(given) as ledger:
        at = schema.current(ledger.database)
        shown = repr(ledger)
    given.screen.document({"ledger": shown, "at": at, "known": schema.head()})
    is_at = "is new, and holds no tables yet" if at is None else f"is at {at}"
    given.screen.say(f"{shown} {is_at}; this program knows {schema.head()}")


@contextmanager
def opened(given: Given) -> Iterator[Ledger]:
    """Open the ledger of the site that was named, whatever its shape."""
    settings = settings_of(given)
    state_folder(settings)
    ledger = ledger_of(settings, secret_key(settings))
    try:
        yield ledger
    finally:
        ledger.close()


@contextmanager
def alone(given: Given) -> Iterator[None]:
    """Hold the site, for what must have its ledger to itself."""
    lock = SiteLock(settings_of(given).state)
    try:
        lock.__enter__()
    except Conflict as error:
        raise Conflict(str(error), hint="stop it first: this needs the ledger to itself") from error
    try:
        yield
    finally:
        lock.__exit__()
