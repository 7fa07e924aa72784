"""`keys`: API keys, by whoever holds the site folder, or over REST where a service is named with --url."""

import importlib
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

import typer
from rich.table import Table
from rich.text import Text

from netpulse_core import keyfile
from netpulse_core.cli import wording
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.place import service, settings_of
from netpulse_core.cli.screen import clean, table
from netpulse_core.errors import InvalidParameters
from netpulse_core.model.caller import LOCAL, Scope
from netpulse_core.model.keys import ApiKey, KeyStanding, NewKey
from netpulse_core.settings import ADMIN_KEY, Settings

app = typer.Typer()
keys = typer.Typer(help="Make, list, rotate and revoke API keys.", no_args_is_help=True)
app.add_typer(keys, name="keys")

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(s|m|h|d)")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_COLOURS = {KeyStanding.VALID: "green", KeyStanding.EXPIRED: "yellow", KeyStanding.REVOKED: "red"}

_Id = Annotated[str, typer.Argument(metavar="ID", help="The key's id.")]


class _Ring(Protocol):
    def all(self) -> Sequence[ApiKey]: ...
    def create(self, name: str, role: str, *, scope: Scope, lifetime: float | None) -> NewKey: ...
    def rotate(self, key: str, *, overlap: float) -> NewKey: ...
    def revoke(self, key: str) -> ApiKey: ...


@keys.command("create")
@shared
def create(
    given: Given,
    name: Annotated[str, typer.Argument(help="Whose key it is; audit records it.")],
    role: Annotated[str, typer.Option(help="viewer, operator, engineer, approver, admin, or one of the site.")],
    target: Annotated[str, typer.Option("--target", "-t", help="Narrow it to these devices.", show_default=False)] = "",
    runbooks: Annotated[
        list[str] | None, typer.Option("--runbook", metavar="PATTERN", help="Narrow it to these runbooks; repeat it.")
    ] = None,
    most: Annotated[
        int | None, typer.Option("--most-devices", min=1, help="Most devices of one run.", show_default=False)
    ] = None,
    commands: Annotated[
        list[str] | None,
        typer.Option("--command", metavar="PATTERN", help="Narrow it to these lines, such as 'show *'; repeat it."),
    ] = None,
    files: Annotated[
        list[str] | None,
        typer.Option("--file", metavar="PATTERN", help="Let it read these files too, such as 'ios/*'; repeat it."),
    ] = None,
    expires: Annotated[
        str | None, typer.Option(metavar="DURATION", help="End it after 90d, 12h, 30m.", show_default=False)
    ] = None,
) -> None:
    """Make an API key and show it, this once."""
    scope = Scope(
        target=target,
        runbooks=tuple(runbooks or ()),
        most_devices=most,
        commands=tuple(commands or ()),
        files=tuple(files or ()),
    )
    with _ring(given) as ring:
        made = ring.create(name, role, scope=scope, lifetime=_seconds("--expires", expires))
    _show(given, made)


@keys.command("list")
@shared
def listed(
    given: Given, everything: Annotated[bool, typer.Option("--all", help="Those that have ended too.")] = False
) -> None:
    """List the API keys, the newest first; their secrets are nowhere."""
    with _ring(given) as ring:
        found = [one for one in ring.all() if everything or one.standing is KeyStanding.VALID]
    given.screen.document(found)
    given.screen.say(
        _table(found) if found else "there is no key that opens anything: netpulse keys create NAME --role ROLE"
    )


@keys.command("rotate")
@shared
def rotate(
    given: Given,
    key: _Id,
    overlap: Annotated[str, typer.Option(metavar="DURATION", help="How long the old one still works: 24h.")] = "0s",
) -> None:
    """Make the successor of a key and show it, this once; the old one ends after the overlap."""
    with _ring(given) as ring:
        made = ring.rotate(key, overlap=_seconds("--overlap", overlap) or 0.0)
    _show(given, made)


@keys.command("revoke")
@shared
def revoke(given: Given, key: _Id) -> None:
    """End an API key; within a second it opens nothing any more."""
    with _ring(given) as ring:
        ring.revoke(key)
    given.screen.document({"revoked": key})
    given.screen.say(f"key {key} opens nothing any more")


@dataclass(frozen=True)
class _Local:
    """The keys of the site whose folder one holds."""

    ring: Any
    settings: Settings

    def all(self) -> Sequence[ApiKey]:
        found: Sequence[ApiKey] = self.ring.all()
        return found

    def create(self, name: str, role: str, *, scope: Scope, lifetime: float | None) -> NewKey:
        made: NewKey = self.ring.create(name, role, LOCAL, scope=scope, lifetime=lifetime)
        return made

    def rotate(self, key: str, *, overlap: float) -> NewKey:
        made: NewKey = self.ring.rotate(key, LOCAL, overlap=overlap)
        own = self.settings.state / ADMIN_KEY
        if own.is_file() and own.read_text(encoding="utf-8").startswith(f"np_{key}_"):
            keyfile.replace(own, made.key)  # or the commands of whoever holds the folder would be strangers
        return made

    def revoke(self, key: str) -> ApiKey:
        ended: ApiKey = self.ring.revoke(key, LOCAL)
        return ended


@contextmanager
def _ring(given: Given) -> Iterator[_Ring]:
    if given.url:
        with service(given) as at:
            yield at.client.keys
        return
    opened = importlib.import_module("netpulse_core.cli.ledger").opened
    ring_of = importlib.import_module("netpulse_core.controller.keyring").ring_of
    with opened(given) as ledger:
        ledger.require_current()
        yield _Local(ring_of(settings_of(given), ledger), settings_of(given))


def _show(given: Given, made: NewKey) -> None:
    key = made.made
    given.screen.document({"name": key.name, "id": key.id, "key": made.key, "made": key})
    given.screen.say(made.key)
    if not given.screen.json:  # on stderr, so that stdout is the key and nothing else
        ending = f"{given.netpulse} keys revoke {key.id}"
        given.screen.note(Text(f"it cannot be shown again; its id {key.id} ends it: {ending}", style="dim"))


def _table(found: Sequence[ApiKey]) -> Table:
    shown = table("ID", "NAME", "ROLE", "STANDING", "NARROWED TO", "ENDS", "LAST USED", whole=(0, 1, 2, 3))
    now = time.time()
    for one in found:
        standing = Text(one.standing.value, style=_COLOURS[one.standing])
        ends = wording.until(one.revoked_at or one.expires_at, now) or "never"
        used = wording.until(one.used_at, now) or "never"
        shown.add_row(one.id, clean(one.name), clean(one.role), standing, clean(_narrowed(one.scope)), ends, used)
    return shown


def _narrowed(scope: Scope) -> str:
    said = [
        scope.target,
        f"runbooks {', '.join(scope.runbooks)}" if scope.runbooks else "",
        f"lines {', '.join(scope.commands)}" if scope.commands else "",
        f"files {', '.join(scope.files)}" if scope.files else "",
        f"at most {wording.count(scope.most_devices, 'device')}" if scope.most_devices is not None else "",
    ]
    return "; ".join(one for one in said if one)


def _seconds(option: str, words: str | None) -> float | None:
    if words is None:
        return None
    found = _DURATION.fullmatch(words)
    if found is None:
        raise InvalidParameters(option, [f"{words!r} is no duration"], hint="write 30m, 24h or 90d")
    return float(found[1]) * _UNITS[found[2]]
