"""`api`, `worker`, `scheduler`: the processes of a distributed site; each loads its own room and no other."""

import importlib
from typing import Annotated

import typer
from rich.text import Text

from netpulse_core.cli.exits import ExitCode, stopped_in_doubt
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.logs import to_stderr
from netpulse_core.cli.place import settings_of
from netpulse_core.errors import SiteError
from netpulse_core.settings import Settings

app = typer.Typer()


@app.command("api")
@shared
def api(
    given: Given,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 is any.")] = None,
) -> None:
    """Serve the REST API of a distributed site until SIGTERM or Ctrl-C."""
    wanted = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = _distributed(given).model_copy(update=wanted)

    def ready(url: str) -> None:
        given.screen.document({"url": url})
        given.screen.say(Text.assemble(("NetPulse answers at ", "bold green"), (url, "bold")))

    importlib.import_module("netpulse_core.api.process").run(settings, ready=ready)


@app.command("worker")
@shared
def worker(
    given: Given,
    name: Annotated[str | None, typer.Option(help="Its name; else the machine's.")] = None,
    slots: Annotated[int | None, typer.Option(min=1, max=1024, help="Jobs it runs at once.")] = None,
    fifo_only: Annotated[bool, typer.Option("--fifo-only", help="Take only jobs that keep no session.")] = False,
) -> None:
    """Run a worker of a distributed site until SIGTERM or Ctrl-C; changes under way have the grace to finish.

    It exits with 0 where all was finished or handed back, with 6 where a change is in doubt. A second signal ends the
    grace.
    """
    wanted = {key: value for key, value in (("node", name), ("slots", slots), ("fifo_only", fifo_only)) if value}
    settings = _distributed(given).model_copy(update=wanted)
    given.screen.note(f"a worker of {settings.site.resolve()} with {settings.slots} slots; Ctrl-C or SIGTERM drains it")
    if not importlib.import_module("netpulse_core.worker.process").run(settings):
        given.screen.error(stopped_in_doubt())
        raise typer.Exit(ExitCode.IN_DOUBT)


@app.command("scheduler")
@shared
def scheduler(given: Given) -> None:
    """Run the scheduler of a distributed site until SIGTERM or Ctrl-C."""
    settings = _distributed(given)
    given.screen.note(f"the scheduler of {settings.site.resolve()}; Ctrl-C or SIGTERM stops it")
    importlib.import_module("netpulse_core.scheduler.service").run(settings)


def _distributed(given: Given) -> Settings:
    settings = settings_of(given)
    if settings.embedded:
        raise SiteError(
            "this site is embedded: one process serves all of it",
            key="broker",
            hint="`netpulse up` is that process; for several, set `broker` and `ledger` in netpulse.toml",
        )
    to_stderr(settings.log_level)
    return settings
