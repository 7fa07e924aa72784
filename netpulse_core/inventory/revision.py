"""The content of a site, and the hash that two processes compare to know that they hold the same one."""

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from nornir.core.inventory import Inventory

from netpulse_core.errors import SiteError

FOLDERS = ("inventory", "plugins", "templates")
"""What decides what a run does; schedules decide only when, and settings may differ from process to process."""

_LENGTH = 16


def contents(site: Path, folders: tuple[str, ...] = FOLDERS) -> dict[str, bytes]:
    """Return the files of these folders by their path within the site, in one order everywhere."""
    found: dict[str, bytes] = {}
    for folder in folders:
        for root, below, files in os.walk(site / folder):
            below[:] = [name for name in below if not _ignored(name)]
            for name in files:
                if not _ignored(name):
                    path = Path(root, name)
                    found[path.relative_to(site).as_posix()] = _read(path)
    return dict(sorted(found.items()))


def of_contents(files: Mapping[str, bytes]) -> str:
    """Return the revision of these files: their names count, their times and owners do not."""
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
        digest.update(content)
    return digest.hexdigest()[:_LENGTH]


def of_inventory(inventory: Inventory, files: Mapping[str, bytes]) -> str:
    """Return the revision of an inventory that came from elsewhere, with the site's other files."""
    text = json.dumps(_canonical(inventory.dict()))
    return of_contents({"": text.encode(), **files})


def _canonical(value: object) -> object:
    """Write data alike in every process: whatever order it came in, and without an object's address in memory."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Mapping():
            pairs = [[f"{type(key).__name__} {key}", _canonical(item)] for key, item in value.items()]
            return sorted(pairs, key=lambda pair: str(pair[0]))
        case list() | tuple():
            return [_canonical(item) for item in value]
        case set() | frozenset():
            return sorted(str(item) for item in value)
        case date():
            return value.isoformat()
        case _:
            return type(value).__qualname__


def _ignored(name: str) -> bool:
    return name.startswith(".") or name == "__pycache__"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SiteError(f"cannot be read: {error.strerror}", path=path) from error
