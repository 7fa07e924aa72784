"""`config`: the configurations that are kept of devices, what changed in them, and captures that are not believed."""

from datetime import datetime
from typing import Annotated

import typer
from rich.text import Text

from netpulse_core.cli import wording
from netpulse_core.cli.exits import ExitCode
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.place import reading, service
from netpulse_core.cli.screen import clean, table
from netpulse_core.errors import InvalidParameters
from netpulse_core.model.backup import ConfigVersion, Copy, Origin, Suspect

app = typer.Typer()
config = typer.Typer(help="Show the configurations that are kept, and what changed in them.", no_args_is_help=True)
quarantine = typer.Typer(help="Look at captures that are not believed, and accept one.", no_args_is_help=True)
git = typer.Typer(help="Look at the git history of configurations.", no_args_is_help=True)
config.add_typer(quarantine, name="quarantine")
config.add_typer(git, name="git")
app.add_typer(config, name="config")

Named = Annotated[str, typer.Argument(metavar="DEVICE", help="Its name.")]
Which = Annotated[Copy, typer.Option("--copy", help="Which copy; all but `redacted` hold secrets, and are audited.")]

_ORIGINS = {
    None: ("not judged yet", "dim"),
    Origin.FIRST: ("first", "dim"),
    Origin.OURS: ("ours", "green"),
    Origin.MIXED: ("mixed", "yellow"),
    Origin.OUT_OF_BAND: ("out of band", "bold red"),
}


@config.command("list")
@shared
def listed(given: Given) -> None:
    """List the last good configuration of each device, and when it was last seen."""
    with reading(given) as at:
        found = at.client.configs.current()
    given.screen.document(found)
    shown = table("DEVICE", "VERSION", "SINCE", "LAST SEEN", "LINES", "CHANGE", right=(1, 4), whole=(0, 1, 2, 3))
    for one in wording.by_device(found):
        row = clean(one.device), str(one.number), wording.instant(one.first_seen_at), wording.instant(one.last_seen_at)
        shown.add_row(*row, f"{one.lines:,}", _origin(one))
    given.screen.say(shown if found else f"none is kept yet: {given.netpulse} run backup_config -t TARGET")


@config.command("log")
@shared
def log(given: Given, device: Named) -> None:
    """List the versions of a device's configuration, the newest first, and who changed it."""
    with reading(given) as at:
        found = at.client.configs.log(device)
    given.screen.document(found)
    headings = ("VERSION", "SINCE", "LAST SEEN", "SEEN", "LINES", "+", "-", "CHANGE", "BY RUNS", "CAPTURED IN")
    shown = table(*headings, right=(0, 3, 4, 5, 6), whole=(0, 1, 2, 7))
    for one in found:
        shown.add_row(
            str(one.number),
            wording.instant(one.first_seen_at),
            wording.instant(one.last_seen_at),
            f"{one.captures:,}",
            f"{one.lines:,}",
            "" if one.added is None else f"{one.added:,}",
            "" if one.removed is None else f"{one.removed:,}",
            _origin(one),
            clean(", ".join(one.runs)),
            clean(one.run if not one.accepted_by else f"{one.run}, accepted by {one.accepted_by}"),
        )
    given.screen.say(shown)


@config.command("show")
@shared
def show(
    given: Given,
    device: Named,
    version: Annotated[int | None, typer.Option(min=1, help="Its number; without it the last good one.")] = None,
    at_time: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="What stood then: 2026-01-31T06:00Z.")
    ] = None,
    copy: Which = Copy.REDACTED,
) -> None:
    """Print a configuration: the last good one, a version, or what stood at a time."""
    _show(given, device, version, None if at_time is None else _instant(at_time), copy)


@config.command("at")
@shared
def at(
    given: Given,
    time: Annotated[str, typer.Argument(metavar="TIME", help="2026-01-31T06:00Z.")],
    device: Named,
    copy: Which = Copy.REDACTED,
) -> None:
    """Print the configuration that stood at a time, as far as it was captured."""
    _show(given, device, None, _instant(time), copy)


@config.command("diff")
@shared
def diff(
    given: Given,
    device: Named,
    before: Annotated[int | None, typer.Argument(metavar="A", min=1, help="Number of a version.")] = None,
    after: Annotated[int | None, typer.Argument(metavar="B", min=1, help="Another; without it the last.")] = None,
) -> None:
    """Show what changed between two versions, secrets masked; by itself what the last change did."""
    with reading(given) as at:
        found = at.client.configs.diff(device, before, after)
    given.screen.document(found)
    for line in found.diff.splitlines():
        given.screen.say(Text(clean(line), style=_style(line)))
    if found.secrets_only:
        given.screen.note("they differ in secrets alone, which are masked here")
    elif not found.diff:
        given.screen.note("nothing differs")
    given.screen.note(
        Text.assemble(
            f"version {found.after.number}, seen {wording.instant(found.after.first_seen_at)}: ", _origin(found.after)
        )
    )


@config.command("restore-plan")
@shared
def plan(
    given: Given,
    device: Named,
    version: Annotated[int, typer.Option(min=1, help="The version to go to.")],
    copy: Which = Copy.REDACTED,
) -> None:
    """Print the lines that lead from the last good configuration to a version; nothing is applied."""
    with reading(given) as at:
        found = at.client.configs.plan(device, version, copy=copy)
    given.screen.document(found)
    given.screen.say(Text(clean(found.lines.rstrip("\n"))))
    if found.unreached:
        given.screen.note(f"these lines do not lead all the way; not reached is {found.unreached}")
    elif not found.lines:
        given.screen.note("nothing leads there: the two are alike")
    if found.incomplete and found.which is Copy.REDACTED:
        given.screen.note("secrets are masked, and were not compared: `--copy normalised` has them, and is audited")


@git.command("status")
@shared
def git_status(given: Given) -> None:
    """Say how the git history of configurations fares; exit 4 where it could not be written or pushed."""
    with reading(given) as at:
        found = at.client.configs.history()
    given.screen.document(found)
    for one in found:
        given.screen.say(Text.assemble((clean(one.path), "bold"), f" on {clean(one.node)}, {one.which} copies"))
        last = f"the last {one.head[:12]} {wording.instant(one.exported_at)}" if one.head else "none yet"
        waiting = wording.count(one.waiting, "version")
        given.screen.say(f"  {wording.count(one.commits, 'commit')}, {last}; {waiting} not in it yet")
        if one.remote:
            behind = "all of it" if one.pushed == one.head else f"up to {one.pushed[:12] or 'nothing'}"
            given.screen.say(f"  pushed to {clean(one.remote)}: {behind} {wording.instant(one.pushed_at)}")
        if one.problem:
            again = f"tried {one.failures} times, again at {wording.instant(one.retry_at)}"
            given.screen.say(Text(f"  {clean(one.problem)} ({again})", style="bold red"))
    if not found:
        given.screen.say("no history is written: `history` of [backups] says where (docs/backups.md)")
    if any(one.problem for one in found):
        raise typer.Exit(ExitCode.NOT_GOOD)


@quarantine.command("list")
@shared
def suspects(
    given: Given,
    device: Annotated[str | None, typer.Argument(metavar="DEVICE", help="Of this one alone.")] = None,
    decided: Annotated[bool, typer.Option("--all", help="Those that were accepted too.")] = False,
) -> None:
    """List captures that are not believed, and why."""
    with reading(given) as at:
        found = at.client.configs.suspects(device, decided=decided)
    given.screen.document(found)
    shown = table("CAPTURE", "DEVICE", "LAST SEEN", "SEEN", "LINES", "WHY", right=(3, 4), whole=(0, 1, 2))
    for one in found:
        row = one.id, clean(one.device), wording.instant(one.last_seen_at), f"{one.captures:,}", f"{one.lines:,}"
        shown.add_row(*row, clean(_why(one)))
    given.screen.say(shown if found else "nothing is in quarantine")


@quarantine.command("show")
@shared
def suspect(
    given: Given,
    capture: Annotated[str, typer.Argument(metavar="CAPTURE", help="Its id.")],
    copy: Which = Copy.REDACTED,
) -> None:
    """Print a capture that is not believed."""
    with reading(given) as at:
        found = at.client.configs.suspect(capture, copy=copy)
    given.screen.document(found)
    given.screen.note(f"{found.suspect.device}, {wording.instant(found.suspect.last_seen_at)}: {_why(found.suspect)}")
    given.screen.say(Text(clean(found.text.rstrip("\n"))))


@quarantine.command("accept")
@shared
def accept(
    given: Given,
    capture: Annotated[str, typer.Argument(metavar="CAPTURE", help="Its id.")],
    reason: Annotated[str, typer.Option(help="Why it is the device's configuration after all.")],
) -> None:
    """Take a capture for the configuration of its device: it becomes the newest version."""
    with service(given) as at:
        found = at.client.configs.accept(capture, reason)
    given.screen.document(found)
    given.screen.say(f"{found.device}: capture {found.id} is version {found.version} now")


def _show(given: Given, device: str, version: int | None, at_time: float | None, copy: Copy) -> None:
    with reading(given) as at:
        found = at.client.configs.show(device, version=version, at=at_time, copy=copy)
    given.screen.document(found)
    one = found.version
    given.screen.note(
        f"{one.device} version {one.number}, {found.which} copy; "
        f"seen {wording.instant(one.first_seen_at)} to {wording.instant(one.last_seen_at)}"
    )
    given.screen.say(Text(clean(found.text.rstrip("\n"))))


def _origin(one: ConfigVersion) -> Text:
    words, style = _ORIGINS[one.origin]
    more = f" ({wording.count(one.unexplained, 'line')} not explained)" if one.unexplained else ""
    return Text(f"{words}{more if one.origin is Origin.MIXED else ''}", style=style)


def _why(one: Suspect) -> str:
    why = "; ".join(one.reasons)
    return f"{why}; accepted by {one.accepted_by} as version {one.version}" if one.accepted_by else why


def _style(line: str) -> str:
    if line.startswith(("---", "+++")):
        return "bold"
    return {"@": "cyan", "+": "green", "-": "red"}.get(line[:1], "")


def _instant(text: str) -> float:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidParameters("TIME", [f"{text!r} is not a time"], hint="write 2026-01-31T06:00+01:00") from error
    if found.tzinfo is None:
        raise InvalidParameters("TIME", [f"{text!r} has no time zone"], hint=f"write {text}Z for UTC, or +01:00")
    return found.timestamp()
