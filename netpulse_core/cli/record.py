"""`record`: a session with a device as a cassette, which is a device of the lab, a test's fixture, an attachment."""

import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from netpulse_core.cli import exits, wording
from netpulse_core.cli.given import Given, shared, typed
from netpulse_core.cli.place import service
from netpulse_core.cli.run import tell, watched
from netpulse_core.cli.screen import clean
from netpulse_core.client import Client
from netpulse_core.errors import Refused, SiteError
from netpulse_core.model.outcome import Verdict
from netpulse_core.model.run import Run, RunRequest

app = typer.Typer()

RUNBOOK = "record_session"


@app.command("record", epilog=exits.TABLE)
@shared
def record(
    given: Given,
    device: Annotated[str, typer.Argument(help="Its name in the inventory.")],
    commands: Annotated[list[str], typer.Argument(metavar="-- COMMANDS...", help="Each one in quotes.")],
    to: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to write it; DEVICE.yaml otherwise.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    timings: Annotated[bool, typer.Option("--timings", help="Record how long each answer took, too.")] = False,
) -> None:
    """Run commands that read on one device, and write the session as a cassette without secrets."""
    path = to or Path(f"{device.replace('/', '_')}.yaml")
    _require_free(path, force=force)
    with service(given) as at:
        request = RunRequest(
            runbook=RUNBOOK, target=_named(device), parameters={"commands": commands, "timings": timings}
        )
        run = watched(at, at.client.run(at.client.submit(request).run), given)
        if run.verdict is not Verdict.SUCCESS:
            tell(at.client, run, given)
            given.screen.note(f"{path} was not written")
            raise typer.Exit(exits.of_run(run))
        values = _recorded(at.client, run, device)
    _write(path, values)
    _announce(given, path, values, run)


def _named(device: str) -> str:
    """Return the target that means the device of this name and no other."""
    quote = "'" if '"' in device else '"'
    return f"name={quote}{device}{quote}"


def _require_free(path: Path, *, force: bool) -> None:
    """Refuse before anything is sent."""
    if path.is_dir() or not path.parent.is_dir():
        raise SiteError("no file can be written there", path=path, hint="name one in a folder that is there: --to FILE")
    if path.exists() and not force:
        raise Refused(f"{path} is there already", hint="name another one, --to FILE, or write over it: --force")


def _recorded(client: Client, run: Run, device: str) -> dict[str, Any]:
    values = client.steps(run.id, device)[-1].body
    assert isinstance(values, dict)
    return values


def _write(path: Path, values: dict[str, Any]) -> None:
    """Write the file whole or not at all."""
    from netpulse_core.lab import cassette  # noqa: PLC0415 - it needs asyncssh

    text = cassette.text(values, path.name)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".cassette-") as beside:
            whole = Path(beside) / path.name
            whole.write_text(text, encoding="utf-8")
            whole.replace(path)
    except OSError as error:
        raise SiteError(f"cannot be written: {error.strerror}", path=path) from error


def _announce(given: Given, path: Path, values: dict[str, Any], run: Run) -> None:
    redacted: dict[str, int] = values["redacted"]
    given.screen.document({"cassette": path, "run": run.id, "redacted": redacted})
    answers = wording.count(len(values["lines"]), "line")
    masked = ", ".join(f"{what} ({number})" for what, number in redacted.items()) or "nothing"
    given.screen.say(
        Text.assemble((str(path), "bold"), f"  {answers} of {clean(values['recorded']['device'])}, run {run.id}"),
        Text(f"  masked: {masked}; read it before you give it away", style="yellow" if redacted else ""),
        "",
        "next:",
        f"  {typed()} lab up --cassette {path}",
        f'  device = cassette("{path.name}")   # in a test, with netpulse[testing]',
    )
