"""`files`: what is kept for runs to name."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from netpulse_core.cli import wording
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.place import reading, service
from netpulse_core.cli.screen import clean, plain, table
from netpulse_core.errors import InvalidParameters, NotFound

app = typer.Typer()
files = typer.Typer(help="Keep files that runs name: images, scripts, certificates.", no_args_is_help=True)
app.add_typer(files, name="files")

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


@files.command("list")
@shared
def listed(given: Given) -> None:
    """List the files that have a name."""
    with reading(given) as at:
        found = list(at.client.files.list())
    given.screen.document(found)
    shown = table("FILE", "SIZE", "SHA-256", "SINCE", "BY", "SEALED", right=(1,), whole=(0, 2))
    for file in found:
        since = wording.instant(file.created_at)
        sealed = "yes" if file.sealed else ""
        shown.add_row(clean(file.name), size(file.size), file.sha256, since, clean(file.created_by), sealed)
    given.screen.say(shown if found else f"no file is kept: `{given.netpulse} files put PATH` keeps one")


@files.command("put")
@shared
def put(
    given: Given,
    path: Annotated[Path, typer.Argument(help="A local file.")],
    name: Annotated[str, typer.Option(help="What it is called from now on; its own name unless said.")] = "",
) -> None:
    """Keep a local file. A known name means the new content from now on; runs accepted before keep theirs."""
    with service(given) as at, given.screen.doing(f"sending {path.name}"):
        stored = at.client.files.put(path, name)
    given.screen.document({**plain(stored), "reference": stored.reference})
    given.screen.say(
        Text.assemble((stored.name, "bold"), f"  {size(stored.size)}"), Text(stored.reference, style="dim")
    )


@files.command("get")
@shared
def get(
    given: Given,
    reference: Annotated[str, typer.Argument(metavar="FILE", help="`image.bin` or `sha256:HASH`.")],
    path: Annotated[
        Path | None, typer.Argument(help="Where to write it; here, under its own name, unless said.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write a kept file's content to a local path, its hash compared."""
    own = Path(reference.partition("@")[0]).name.replace(":", "-")
    place = path or Path(own)
    if place.is_dir():
        place /= own
    if place.exists() and not force:
        raise InvalidParameters("files get", [f"{place} is there already"], hint="say --force to write over it")
    if not place.parent.is_dir():
        raise NotFound("folder", str(place.parent))
    with reading(given) as at, given.screen.doing(f"fetching {reference}"):
        found = at.client.files.get(reference, place)
    given.screen.document({"path": place, "sha256": found.sha256, "size": found.size})
    given.screen.say(
        Text.assemble((str(place), "bold"), f"  {size(found.size)}"), Text(f"sha256:{found.sha256}", style="dim")
    )


@files.command("remove")
@shared
def remove(given: Given, name: Annotated[str, typer.Argument(help="The name to forget.")]) -> None:
    """Forget a name; the content stays while a run or another name needs it."""
    with service(given) as at:
        at.client.files.remove(name)
    given.screen.document({"removed": name})
    given.screen.say(f"{clean(name)} is forgotten; runs that named it keep its content")


def size(number: int) -> str:
    """Return a number of bytes as people say it: `1.5 MiB`."""
    shown, unit = float(number), _UNITS[0]
    for unit in _UNITS:
        if shown < 1024 or unit == _UNITS[-1]:
            break
        shown /= 1024
    return f"{number} bytes" if unit == _UNITS[0] else f"{shown:.1f} {unit}"


def _line(what: str, bytes_: int) -> Text:
    return Text.assemble((clean(what), "bold"), f"  {size(bytes_)}")
