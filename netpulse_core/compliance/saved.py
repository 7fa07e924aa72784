"""Configurations and answers in a folder, judged without a device and without a service."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netpulse_core.compliance import evaluation
from netpulse_core.compliance.rules.check import PolicyCheck
from netpulse_core.compliance.rules.means import Kept
from netpulse_core.errors import InvalidParameters, Refused, did_you_mean
from netpulse_core.inventory.yamlfile import YamlFile
from netpulse_core.model.check import Check, Finding
from netpulse_core.model.device import Device
from netpulse_core.text.service import Text

LARGEST = 64 * 1024 * 1024
"""Bytes of one file."""

_RUNNING = "running_config"

_ENDINGS = (".cfg", ".conf", ".txt")
"""What may follow a device's name: what follows any other dot is a part of the name, or says that it is an old copy."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Which file, or folder of files, holds what of each device; and names of files that no device has."""

    files: Mapping[str, Path]
    strangers: Mapping[str, str] = field(default_factory=dict)
    """Why each is taken for none, by the file's name."""


def folder(path: Path, devices: Mapping[str, Device]) -> Folder:
    """Return the files of a folder, each named after its device, with or without `.cfg`, `.conf` or `.txt`.

    Where two are one device's, none of them is judged: which is the newer one is not known.
    """
    if not path.is_dir():
        raise InvalidParameters("configs", [f"there is no folder {path}"])
    found: dict[str, list[Path]] = {}
    strangers: dict[str, str] = {}
    for one in sorted(path.iterdir()):
        if one.name.startswith("."):
            continue
        bare = one.stem if one.suffix in _ENDINGS and not one.is_dir() else one.name
        name = next((name for name in (one.name, bare) if name in devices), "")
        if not name:
            strangers[one.name] = f"the inventory has no device {bare!r}{did_you_mean(bare, devices)}"
        else:
            found.setdefault(name, []).append(one)
    for name, several in found.items():
        for one in several[1:]:
            strangers[one.name] = f"{several[0].name} is {name}'s too, and neither is judged: keep one of them"
        if len(several) > 1:
            strangers[several[0].name] = f"{several[1].name} is {name}'s too, and neither is judged: keep one of them"
    return Folder({name: several[0] for name, several in found.items() if len(several) == 1}, strangers)


def mapping(path: Path, devices: Mapping[str, Device]) -> Folder:
    """Return the files that a YAML file names by their devices, relative to itself."""
    try:
        told = YamlFile(path, path.read_bytes()).data
    except OSError as error:
        raise InvalidParameters("map", [f"{path}: {error.strerror}"]) from error
    if not isinstance(told, dict) or not all(isinstance(one, str) and one for one in told.values()):
        raise InvalidParameters("map", [f"{path}: it is no mapping of devices to files"], hint="leaf1: saved/leaf1.cfg")
    strangers = {str(name): "the inventory has no such device" for name in told if name not in devices}
    return Folder({name: path.parent / one for name, one in told.items() if name in devices}, strangers)


def judged(checks: Sequence[Check], device: Device, place: Path | None, text: Text) -> list[Finding]:
    """Return the findings of a device by what is saved of it, and by what templates render."""
    saved = _Saved(place)
    whole = {check.configuration(device) for check in checks if isinstance(check, PolicyCheck)}
    return evaluation.judged(checks, device, saved.collect, OfSite(device, text, saved, whole))


class _Saved:
    """What is saved of one device."""

    def __init__(self, place: Path | None) -> None:
        self._place = place

    @property
    def given(self) -> bool:
        """Whether anything is."""
        return self._place is not None

    def configuration(self) -> str:
        """Return its configuration; raise Refused where there is none."""
        if self._place is None:
            raise Refused("no configuration of it was given")
        if self._place.is_dir():
            return self._answer(_RUNNING, (".txt", ".cfg", ".conf", ""))
        return _read(self._place)

    def collect(self, kind: str, of: str) -> Any:
        """Return what is saved of one source."""
        if kind == _RUNNING:
            return self.configuration()
        if kind == "command":
            return self._answer(_slug(of), (".txt", ""))
        name = of.removeprefix("get_")
        try:
            return json.loads(self._answer(f"get_{name}", (".json",)))
        except ValueError as error:
            raise Refused(f"get_{name}.json is no JSON: {error}") from error

    def _answer(self, name: str, endings: Sequence[str]) -> str:
        if self._place is None or not self._place.is_dir():
            raise Refused("it takes a live device, or a saved answer", hint=f"save it as DEVICE/{name}{endings[0]}")
        for ending in endings:
            if (path := self._place / f"{name}{ending}").is_file():
                return _read(path)
        raise Refused(f"no answer is saved as {self._place.name}/{name}{endings[0]}")


class OfSite:
    """What templates of the site make of the device; a configuration that was given stands for that of any source."""

    def __init__(self, device: Device, text: Text, saved: _Saved | None = None, whole: Collection[str] = ()) -> None:
        self._device, self._text, self._saved, self._whole = device, text, saved or _Saved(None), whole

    def rendered(self, template: str) -> str:
        """Return what a template renders, or the configuration that was given in the place of a whole one."""
        if self._saved.given and f"rendered:{template}" in self._whole:
            return self._saved.configuration()
        return self._text.render(template, self._device.name, {}).text

    def backup(self) -> Kept:
        """Return the configuration that was given; nobody says of when it is."""
        return Kept(self._saved.configuration())

    def parsed(self, text: str, *, command: str, template: str, parser: str) -> Any:
        """Return the records of a saved answer."""
        platform = self._device.platform or ""
        found = self._text.parse(text, template=template, platform=platform, command=command, parser=parser)
        if found.suspect:
            raise Refused(f"{command}: {found.suspect}")
        return found.records

    def asked(self, what: str, data: Any, of: Any) -> Any:
        """Return what a question about data comes to."""
        return self._text.asked(what, data, of)


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise Refused(f"{path.name} is larger than {LARGEST:,} bytes")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Refused(f"{path.name} is not UTF-8 text") from error
    except OSError as error:
        raise Refused(f"{path.name}: {error.strerror}") from error


def _slug(command: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", command).strip("_").lower()
