"""`hostkeys`, `breakers`, `brakes`: what stands before a login, and a person's word on it."""

import time
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from netpulse_core.cli import wording
from netpulse_core.cli.given import Given, shared
from netpulse_core.cli.place import reading, service, settings_of
from netpulse_core.cli.screen import clean, table
from netpulse_core.errors import Conflict, InvalidParameters, Refused
from netpulse_core.model.logins import Breaker, KeyState, SeenHostKey, require_pinning

app = typer.Typer()
hostkeys = typer.Typer(help="List, approve and forget the host keys of devices.", no_args_is_help=True)
breakers = typer.Typer(help="List the devices that could not be reached, and let one be tried at once.")
brakes = typer.Typer(help="List the credentials that devices refused, and let one be used again.")
app.add_typer(hostkeys, name="hostkeys")
app.add_typer(breakers, name="breakers")
app.add_typer(brakes, name="brakes")

_Device = Annotated[str, typer.Argument(help="A device.")]


@hostkeys.command("list")
@shared
def listed(given: Given, device: Annotated[str | None, typer.Argument(help="One alone.")] = None) -> None:
    """List the host keys that are believed, and those offered instead."""
    with reading(given) as at:
        found = at.client.logins.host_keys(device)
    given.screen.document(found)
    given.screen.say(_keys(found) if found else "no host key is known yet: the first login to a device pins its key")


@hostkeys.command("approve")
@shared
def approve(
    given: Given,
    device: _Device,
    fingerprint: Annotated[
        str | None, typer.Option(metavar="SHA256:...", help="The key you compared; another one is refused.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Believe the key a device offers, in place of the one believed until now."""
    screen = given.screen
    _require_pinning(given)
    with service(given) as at:
        found = at.client.logins.host_keys(device)
        offered = _offered(device, found, fingerprint)
        if not screen.json:
            screen.err.print(_keys(found))
        if not yes and fingerprint is None:
            if not screen.interactive:
                raise Refused(
                    "nobody is here to compare the fingerprints",
                    hint=f"compare it with the device's console, then: --fingerprint {offered.fingerprint}",
                )
            typer.confirm(f"is {offered.fingerprint} what the console of {device} shows?", abort=True, err=True)
        now = at.client.logins.approve(device, offered.fingerprint)
    screen.document(now)
    screen.say(Text.assemble(f"{device}: ", (offered.fingerprint, "bold"), " is believed from now on"))


@hostkeys.command("forget")
@shared
def forget(
    given: Given, device: _Device, yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False
) -> None:
    """Believe no key of a device any more: its next one is believed on first use."""
    screen = given.screen
    _require_pinning(given)
    with service(given) as at:
        if not yes:
            at.client.logins.host_keys(device)  # nobody is asked about a key that is not there
            if not screen.interactive:
                raise Refused("nobody is here to ask", hint="say --yes: whoever answers next is believed")
            typer.confirm(f"believe whatever key {device} shows next?", abort=True, err=True)
        number = at.client.logins.forget(device)
    screen.document({"device": device, "forgotten": number})
    screen.say(f"{device}: {wording.count(number, 'key')} forgotten; its next one is believed on first use")
    screen.note("a session that is open stays open, on the key it began with: `netpulse sessions` shows them")


def _require_pinning(given: Given) -> None:
    """Refuse before anybody is asked, where it is this site that believes a file; a service elsewhere refuses after."""
    if not given.url:
        settings = settings_of(given)
        require_pinning(settings.host_keys, settings.known_hosts)


@breakers.callback(invoke_without_command=True)
@shared
def all_breakers(given: Given) -> None:
    """List the devices that could not be reached, or close one's breaker: `breakers close DEVICE`."""
    with reading(given) as at:
        found = at.client.logins.breakers()
    given.screen.document(found)
    shown = table("DEVICE", "DRIVER", "BREAKER", "FAILURES", "WAITING", "LAST", right=(3, 4), whole=(0, 1, 2))
    now = time.time()
    for one in wording.by_device(found):
        last = clean(one.last_error.removeprefix(f"{one.device}: "))
        shown.add_row(one.device, one.driver, _breaker(one, now), f"{one.failures:,}", str(one.waiting or ""), last)
    given.screen.say(shown if found else "every device was reached when it was last logged in to")


@breakers.command("close")
@shared
def close(given: Given, device: _Device) -> None:
    """Close a device's breaker: its jobs try it at once."""
    with service(given) as at:
        number = at.client.logins.close_breaker(device)
    given.screen.document({"device": device, "devices": number})
    given.screen.say(f"the breaker of {device} is closed" + ("; its jobs go on" if number else ""))


@brakes.callback(invoke_without_command=True)
@shared
def all_brakes(given: Given) -> None:
    """List the credentials that devices refused, or let one be used again: `brakes release ID`."""
    with reading(given) as at:
        found = at.client.logins.brakes()
    given.screen.document(found)
    shown = table("ID", "USER", "SINCE", "WAITING", "REFUSED BY", right=(3,), whole=(0, 1, 2))
    for one in found:
        row = (clean(one.user), wording.instant(one.braked_at), str(one.waiting or ""), wording.names(one.devices))
        shown.add_row(Text(one.id, style="bold red"), *row)
    given.screen.say(shown if found else "no credential is held back")


@brakes.command("release")
@shared
def release(given: Given, brake: Annotated[str, typer.Argument(metavar="ID", help="The brake's id.")]) -> None:
    """Let a credential be used again: the jobs that wait for it try it at once."""
    with service(given) as at:
        number = at.client.logins.release_brake(brake)
    given.screen.document({"brake": brake, "devices": number})
    going = f"; jobs of {wording.count(number, 'device')} go on" if number else ""
    given.screen.say(f"brake {brake} is released{going}")


def _offered(device: str, found: Sequence[SeenHostKey], fingerprint: str | None) -> SeenHostKey:
    """Return the one key that is to be approved."""
    offered = [one for one in found if one.state is KeyState.OFFERED and fingerprint in (None, one.fingerprint)]
    if len(offered) == 1:
        return offered[0]
    shown = ", ".join(sorted({one.fingerprint for one in found if one.state is KeyState.OFFERED}))
    if not shown:
        hint = (
            f"where it has no key of that kind any more, it is believed anew after: netpulse hostkeys forget {device}"
        )
        raise Conflict(f"{device}: it offers no other key than the one believed", hint=hint)
    if not offered:
        raise Refused(f"{device}: it does not offer the key {fingerprint}", hint=f"it offers {shown}")
    raise InvalidParameters("approve", [f"{device} offers several keys: {shown}"], hint="say which: --fingerprint KEY")


def _keys(found: Sequence[SeenHostKey]) -> Table:
    shown = table("DEVICE", "ADDRESS", "STATE", "ALGORITHM", "FINGERPRINT", "SINCE", "BY", whole=(0, 2, 3, 4))
    for one in wording.by_device(found):
        state = Text(one.state.value, style="green" if one.state is KeyState.PINNED else "bold yellow")
        shown.add_row(
            one.device,
            clean(_place(one)),
            state,
            one.algorithm,
            one.fingerprint,
            wording.instant(one.first_seen_at),
            clean(one.seen_by),
        )
    return shown


def _place(one: SeenHostKey) -> str:
    """Return the address with its port, before the jump hosts it is reached through."""
    address, via, way = one.address.partition(" via ")
    return f"{address}:{one.port}{via}{way}"


def _breaker(one: Breaker, now: float) -> Text:
    if one.open_until is None:
        return Text("closed", style="dim")
    if one.probing:
        return Text("half open: one login tries it", style="yellow")
    if one.open_until <= now:
        return Text("half open", style="yellow")
    return Text(f"open until {wording.instant(one.open_until).split(' ', 1)[1]}", style="red")
