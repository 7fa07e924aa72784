"""`credentials`: which of several credentials each device took last, while they are rotated."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.text import Text

from netpulse_core.cli import wording
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.parameters import require_target
from netpulse_core.cli.place import reading
from netpulse_core.cli.screen import clean, table
from netpulse_core.model.logins import LastTaken

app = typer.Typer()


@app.command("credentials")
@shared
def credentials(
    given: Given,
    target: Annotated[str | None, typer.Argument(metavar="[TARGET]", help="Only the devices it means.")] = None,
    old: Annotated[bool, typer.Option("--old", help="Only those that still take another one than the first.")] = False,
) -> None:
    """Show which of its credentials each device took last, where the inventory gives it several."""
    require_target(target)
    with reading(given) as at:
        found = at.client.logins.credentials(target)
    picked = [one for one in found if one.old or not old]
    given.screen.document(picked)
    shown = table("DEVICE", "DRIVER", "TAKES", "USER", "PLACE", "SINCE", "LAST LOGIN", whole=(0, 1, 2))
    for one in wording.by_device(picked):
        shown.add_row(
            clean(one.device),
            clean(one.driver or ""),
            Text(clean(one.took or ""), style="yellow" if one.old else "green"),
            clean(one.user or ""),
            _place(one),
            wording.instant(one.since),
            wording.instant(one.at),
        )
    if picked:
        given.screen.say(shown)
    given.screen.say(counted(found))


def counted(found: Sequence[LastTaken]) -> str:
    """Say in one line how far a rotation is."""
    devices = {one.device for one in found}
    if not devices:
        return "no device has several credentials: the inventory gives them by netpulse_credentials"
    olds = {one.device for one in found if one.old}
    names = Counter(str(name) for _, name in {(one.device, one.took) for one in found if one.old})
    waiting = len({one.device for one in found if one.took is None})
    unknown = f"; {waiting:,} not logged in to yet" if waiting else ""
    if not olds:
        took = len(devices) - waiting
        return f"{took:,} of {wording.count(len(devices), 'device')} take the first of their credentials{unknown}"
    which = ", ".join(f"{clean(name)} ({number:,})" for name, number in names.most_common())
    which = clean(next(iter(names))) if len(names) == 1 else which
    verb = "takes" if len(olds) == 1 else "take"
    return f"{len(olds):,} of {wording.count(len(devices), 'device')} still {verb} {which}{unknown}"


def _place(one: LastTaken) -> str:
    if one.took is None:
        return ""
    return "no longer in the inventory" if one.position is None else f"{one.position} of {one.candidates}"
