"""What `netpulse check` says of the ways to devices, their limits, and the groups whose logins are bounded."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nornir.core.inventory import Inventory

from netpulse_core import settings as settings_file
from netpulse_core.errors import SiteError, closest, did_you_mean
from netpulse_core.inventory.device import Inheritance
from netpulse_core.inventory.notice import Notice, Where
from netpulse_core.inventory.reach import OPTIONS, OURS
from netpulse_core.settings import Settings


def unreachable(inventory: Inventory) -> Iterator[tuple[Where, SiteError]]:
    """Yield what is wrong with a device, with the keys that lead there."""
    inherited = Inheritance(inventory)
    for name, host in inventory.hosts.items():
        try:
            inherited.device(host)
        except SiteError as error:
            yield (name, *error.key.removeprefix(f"{name}.").split(".")), error


def unknown_groups(settings: Settings, groups: Iterable[str]) -> Iterator[Notice]:
    """Yield the groups of `[logins.groups]` that the inventory does not have: their bounds bound nobody."""
    known = [*groups]
    for name in settings.logins.groups:
        if name != "*" and name not in known:
            yield Notice(
                severity="warning",
                path=settings.site / settings_file.FILE,
                key=f"logins.groups.{name}",
                message=f"no group {name!r}{did_you_mean(name, known)}",
                hint="groups are defined in inventory/groups.yaml",
            )


def unknown_options(section: str, written: Any) -> Iterator[tuple[Where, str, str]]:
    """Yield the keys of NetPulse's own that nobody reads, where they are written: what devices inherit is told once.

    `section` is `hosts`, `groups` or `defaults`. What comes is the keys that lead there, what it means, what to do.
    """
    if not isinstance(written, Mapping):
        return
    bodies = [((), written)] if section == "defaults" else [((name,), body) for name, body in written.items()]
    for where, body in bodies:
        if isinstance(body, Mapping):
            yield from _unknown(body, where)


def _unknown(body: Mapping[str, Any], where: Where) -> Iterator[tuple[Where, str, str]]:
    connections = body.get("connection_options")
    places: list[tuple[Where, Any]] = [((*where, "data"), body.get("data"))]
    for name, options in connections.items() if isinstance(connections, Mapping) else ():
        if isinstance(options, Mapping):
            places.append(((*where, "connection_options", name, "extras"), options.get("extras")))
    for place, options in places:
        for key in options if isinstance(options, Mapping) else ():
            if isinstance(key, str) and key not in OPTIONS and _as_ours(key).startswith(OURS):
                message = f"no option {key!r}, so nothing heeds it{_guess(key)}"
                yield (*place, key), message, f"there are {', '.join(sorted(OPTIONS))}"


def _as_ours(key: str) -> str:
    return key.lower().replace("-", "_")


def _guess(key: str) -> str:
    """Return the suggestion by what stands behind the prefix, which by itself makes any two of them alike."""
    known = {option.removeprefix(OURS): option for option in OPTIONS}
    found = closest(_as_ours(key).removeprefix(OURS), known)
    return f"; did you mean {known[found]!r}?" if found else ""
