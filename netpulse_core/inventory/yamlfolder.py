"""A folder of the site in which one file is one thing, named after the file."""

from collections.abc import Iterator
from pathlib import Path

from netpulse_core.errors import SiteError
from netpulse_core.inventory.notice import Notice


def contents(folder: Path) -> dict[Path, bytes]:
    """Return the YAML files as they are now, in the order of their names; raise SiteError for an unreadable one."""
    found: dict[Path, bytes] = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.name.startswith("."):
            continue  # an editor's
        try:
            found[path] = path.read_bytes()
        except FileNotFoundError:
            continue  # it went between the listing and the reading
        except OSError as error:
            raise SiteError(f"cannot be read: {error.strerror}", path=path) from error
    return found


def misnamed(folder: Path, things: str) -> Iterator[Notice]:
    """Tell of files that look like `things` and are not read."""
    for path in sorted(folder.glob("*.yml")):
        hint = f"rename it {path.stem}.yaml"
        yield Notice(severity="warning", path=path, message=f"not read: {things} end in .yaml", hint=hint)
