"""A folder of the site in which one file is one thing, named after the file."""

import logging
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from netpulse_core.errors import SiteError
from netpulse_core.inventory.notice import Notice

log = logging.getLogger(__name__)

AWAY = 1.0
"""Seconds between two looks that must agree before a file counts as gone."""


class Followed:
    """A folder looked at again and again, for what must not end because its file is away for a moment.

    git and editors remove a file before they write it anew, and a mount may be lost.
    """

    def __init__(self, folder: Path, things: str) -> None:
        self._folder = folder
        self._things = things
        self.known: Mapping[Path, bytes] = contents(folder)
        self._away: Mapping[Path, float] = {}
        self._lost = False

    def look(self) -> Mapping[Path, bytes]:
        """Return the files as they are now, and those that went until two looks agree on it.

        Where the folder itself is away, all that was known stays, and the log says so once.
        """
        found = there(self._folder)
        if found is None and self.known:
            if not self._lost:
                log.error("%s", lost(self._folder, self._things))
            self._lost, self._away = True, {}
            return self.known
        self._lost = False
        here, now = found or {}, time.monotonic()
        away = {path: self._away.get(path, now) for path in self.known if path not in here}
        gone = {path for path in away if path in self._away and now - away[path] >= AWAY}
        for path in sorted(gone):
            log.warning("%s is gone: what it said is no longer in force", path)
        self._away = {path: since for path, since in away.items() if path not in gone}
        kept = {path: self.known[path] for path in self._away}
        self.known = dict(sorted((here | kept).items()))
        return self.known


def lost(folder: Path, things: str) -> str:
    """Say that a folder is away, whose `things` stay in force, and what to do."""
    return (
        f"{folder} is away, and the {things} read from it before stay in force: "
        "put the folder back, empty where none of them is meant any more"
    )


def there(folder: Path) -> dict[Path, bytes] | None:
    """Return what `contents` does, and None where the folder itself is away."""
    try:
        paths = sorted(folder.iterdir())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SiteError(f"cannot be read: {error.strerror}", path=folder) from error
    found: dict[Path, bytes] = {}
    for path in paths:
        if path.name.startswith(".") or not path.name.endswith(".yaml"):
            continue  # an editor's, or none of ours
        try:
            found[path] = path.read_bytes()
        except FileNotFoundError:
            continue  # it went between the listing and the reading
        except OSError as error:
            raise SiteError(f"cannot be read: {error.strerror}", path=path) from error
    return found


def contents(folder: Path) -> dict[Path, bytes]:
    """Return the YAML files as they are now, in the order of their names; raise SiteError for an unreadable one."""
    return there(folder) or {}


def misnamed(folder: Path, things: str) -> Iterator[Notice]:
    """Tell of files that look like `things` and are not read."""
    for path in sorted(folder.glob("*.yml")):
        hint = f"rename it {path.stem}.yaml"
        yield Notice(severity="warning", path=path, message=f"not read: {things} end in .yaml", hint=hint)
