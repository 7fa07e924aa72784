"""The site's maintenance windows and blackouts: which of them bind which device, in which time zone."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import tzinfo
from functools import cached_property
from pathlib import Path

from netpulse_core.errors import InvalidParameters, NetPulseError, Refused
from netpulse_core.inventory import yamlfolder
from netpulse_core.inventory.notice import Notice, raise_first
from netpulse_core.inventory.site import Site
from netpulse_core.inventory.windowfile import WindowFile
from netpulse_core.inventory.zones import zone
from netpulse_core.model.device import Device
from netpulse_core.model.window import OWN, Bound, Window

log = logging.getLogger(__name__)

FOLDER = "schedules/windows"
ZONE = "timezone"
"""The key of a device's data that names its own time zone."""

FORMAT = "2"
"""Raised when the meaning of these files changes, so that no version takes another's reading for its own."""

_SHOWN = 5

Select = Callable[[str], Sequence[Device]]


class Windows:
    """The windows of a site as its files said them at one moment, with the devices they bind."""

    def __init__(self, site: Site, windows: Sequence[Window], digest: str = "") -> None:
        self._site = site
        self.windows = tuple(windows)
        self.digest = hashlib.sha256(f"{FORMAT} {site.revision} {digest}".encode()).hexdigest()[:16] if windows else ""
        """What two processes compare to know that they read the same; empty where there is no window."""

    @cached_property
    def bound(self) -> Mapping[str, tuple[Bound, ...]]:
        """The windows that bind each device, by its name; one that nothing binds is not among them."""
        found: dict[str, list[Bound]] = {}
        for window in self.windows:
            trouble = ""
            try:
                meant = self._site.meant(window.target)
            except NetPulseError as error:  # a key or a group it names is gone: nobody knows whom it means
                log.error("window %s binds every device, because its target is not understood: %s", window.name, error)
                meant = list(self._site.devices.values())
                trouble = f"the target of {window.kind} {window.name} is not understood on this site revision"
            for device in meant:
                found.setdefault(device.name, []).append(_bound(window, device, trouble))
        return {name: tuple(bound) for name, bound in found.items()}

    @cached_property
    def boxes(self) -> Mapping[str, tuple[tuple[Bound, ...], ...]]:
        """What binds each device by its key, that of each of its names by itself: changing one of them changes all."""
        found: dict[str, list[tuple[Bound, ...]]] = {}
        for name, bound in self.bound.items():
            names = found.setdefault(self._site.devices[name].key, [])
            if bound not in names:
                names.append(bound)
        return {key: tuple(names) for key, names in found.items()}

    def on(self, window: Window) -> list[str]:
        """Return the devices a window binds."""
        return [name for name, bound in self.bound.items() if any(one.window.name == window.name for one in bound)]


def load(site: Site) -> Windows:
    """Read the site's windows; raise SiteError with the file, line and key of what is wrong."""
    return of_contents(site, contents(site.path))


def of_contents(site: Site, files: Mapping[Path, bytes]) -> Windows:
    """Return the windows of these files; raise SiteError with the file, line and key of what is wrong."""
    read = [WindowFile(path, content) for path, content in files.items()]
    raise_first([notice for each in read for notice in each.notices])
    digest = hashlib.sha256()
    for path, content in files.items():
        digest.update(f"{path.name}\0{len(content)}\0".encode("utf-8", "surrogateescape") + content)
    return Windows(site, [each.window for each in read if each.window is not None], digest.hexdigest())


def followed(site: Path) -> yamlfolder.Followed:
    """Return the files of windows, to be looked at again and again."""
    return yamlfolder.Followed(site / FOLDER, "maintenance windows")


def contents(site: Path) -> dict[Path, bytes]:
    """Return the files of windows as they are now, in the order of their names."""
    return yamlfolder.contents(site / FOLDER)


def examine(site: Path, select: Select | None = None) -> list[Notice]:
    """Return everything that is wrong with the site's windows; `select` asks which devices a target means."""
    found = list(yamlfolder.misnamed(site / FOLDER, "windows"))
    for path, content in contents(site).items():
        read = WindowFile(path, content)
        found += read.notices
        if select is not None:
            found += _judged(read, select)
    return found


def zone_of(device: Device) -> tzinfo | None:
    """Return a device's own time zone, None where its data names none that is known."""
    name = device.data.get(ZONE)
    try:
        return zone(name) if isinstance(name, str) else None
    except InvalidParameters:
        return None


def _bound(window: Window, device: Device, trouble: str) -> Bound:
    place = zone_of(device) if window.timezone == OWN else zone(window.timezone)
    if place is None and not trouble:
        trouble = (
            f"{window.kind} {window.name} is in each device's own time zone, and this one has none: "
            f"name it as `{ZONE}` in its inventory data"
        )
    return Bound(window=window, zone=place, trouble=trouble)


def _judged(read: WindowFile, select: Select) -> Iterator[Notice]:
    if read.window is None or read.file is None:
        return
    try:
        devices = select(read.window.target)
    except Refused as error:  # no device today may be one tomorrow
        yield read.file.warning(("target",), str(error), error.hint)
        return
    except InvalidParameters as error:
        yield read.file.error(("target",), "; ".join(error.problems), error.hint)
        return
    lost = [device.name for device in devices if zone_of(device) is None]
    if read.window.timezone == OWN and lost:
        more = f" and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else ""
        hint = f"name it as `{ZONE}` in the data of the device, of a group or of the defaults: `{ZONE}: Europe/Berlin`"
        problem = f"no time zone of their own, so nothing may change them: {', '.join(lost[:_SHOWN])}{more}"
        yield read.file.error((ZONE,), problem, hint)
