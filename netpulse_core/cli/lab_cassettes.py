"""Cassettes as devices of a lab: read, named, and copied into the lab's site."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from netpulse_core.errors import Refused, SiteError
from netpulse_core.lab import Blueprint, Cassette, Script

FOLDER = "cassettes"


def devices(paths: Sequence[Path], kept: Blueprint) -> Mapping[str, Script]:
    """Return the devices of cassettes by name; raise SiteError for a file that is none, Refused for a name twice."""
    found: dict[str, Script] = {}
    for path in paths:
        name, cassette = _read(path)
        if name in found or name in kept.scripts:
            raise Refused(
                f"{path}: there is a device {name} already", hint="give it another name: `device` in the file"
            )
        found[name] = cassette
    return found


def copy(paths: Sequence[Path], site: Path) -> None:
    """Put cassettes into a site, each under the name of its device."""
    (site / FOLDER).mkdir(exist_ok=True)
    for path in paths:
        shutil.copyfile(path, site / FOLDER / f"{_read(path)[0]}.yaml")


def _read(path: Path) -> tuple[str, Cassette]:
    try:
        cassette = Cassette.load(path)
    except OSError as error:
        raise SiteError(f"cannot be read: {error.strerror}", path=path) from error
    except ValueError as error:
        raise SiteError(
            str(error).removeprefix(f"{path}: "), path=path, hint="docs/cassettes.md says what it holds"
        ) from error
    return (cassette.device or path.stem).replace("/", "_"), cassette
