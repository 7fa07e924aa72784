"""What `netpulse check` says of the ways to devices, their limits, and the groups whose logins are bounded."""

from collections.abc import Iterable, Iterator

from nornir.core.inventory import Inventory

from netpulse_core import settings as settings_file
from netpulse_core.errors import SiteError, did_you_mean
from netpulse_core.inventory.device import Inheritance
from netpulse_core.inventory.notice import Notice, Where
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
