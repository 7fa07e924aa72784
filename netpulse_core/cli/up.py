"""`up`: one process that serves a whole site."""

from typing import Annotated

import typer
from rich.text import Text

from netpulse_core.cli.exits import ExitCode, stopped_in_doubt
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.logs import to_stderr
from netpulse_core.cli.place import settings_of
from netpulse_core.cli.screen import table
from netpulse_core.embedded.process import Embedded
from netpulse_core.incoming.files import require_secrets
from netpulse_core.settings import ADMIN_KEY
from netpulse_core.worker.signals import Signals

app = typer.Typer()


@app.command("up")
@shared
def up(
    given: Given,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port of the REST service; 0 is any.")] = None,
    scheduler: Annotated[bool, typer.Option("--scheduler/--no-scheduler", help="Whether schedules fire.")] = True,
) -> None:
    """Serve a site from one process until SIGTERM or Ctrl-C: API, worker, scheduler and ledger."""
    settings, screen = settings_of(given), given.screen
    to_stderr(settings.log_level)
    require_secrets(settings.site)
    signals = Signals()
    with Embedded(settings, port=port, scheduler=scheduler) as service:
        netpulse = service.netpulse
        key_file = settings.state / ADMIN_KEY
        facts = {
            "url": service.url,
            "site": str(settings.site.resolve()),
            "key file": str(key_file),
            "ledger": repr(netpulse.ledger).removeprefix("<ledger ").removesuffix(">"),
            "devices": f"{len(netpulse.site.devices):,}",
            "revision": netpulse.site.revision,
            "worker": f"{settings.slots} slots",
            "schedules": "fire" if scheduler else "do not fire",
        }
        screen.document({name.replace(" ", "_"): value for name, value in facts.items()})
        shown = table("", "")
        shown.show_header = False
        for name, value in facts.items():
            shown.add_row(Text(name, style="dim"), Text(value, style="bold" if name == "url" else ""))
        screen.say(Text("NetPulse is up; Ctrl-C or SIGTERM stops it", style="bold green"), shown)
        service.wait(signals)
    if service.in_doubt:
        screen.error(stopped_in_doubt())
        raise typer.Exit(ExitCode.IN_DOUBT)
    screen.say("NetPulse has stopped")
