"""What NetPulse keeps its own keys in, which is nobody's to have put on a device."""

import os
from dataclasses import dataclass
from pathlib import Path

from netpulse_core.settings import STATE, Settings

_OWN_VARIABLES = "NETPULSE_"
_NOBODYS = (Path("/proc"), Path("/run/credentials"))
"""Where the variables of each process are files, and what systemd gives each service: also to a worker beside this."""
_CREDENTIALS = "CREDENTIALS_DIRECTORY"


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """The variables, folders and files that hold NetPulse's own keys."""

    site: Path
    variables: frozenset[str]
    folders: tuple[Path, ...]
    files: tuple[Path, ...]

    @classmethod
    def of(cls, settings: Settings) -> "OwnKeys":
        """Return those of a site, as this process is told of them."""
        schemes = [one.partition(":")[::2] for one in settings.keys_kept_in]
        files = [Path(rest) for scheme, rest in schemes if scheme == "file"]
        files += [one for one in (settings.store_keys_file, settings.tls_key) if one is not None]
        folders = [settings.state, *_NOBODYS, *_given()]
        return cls(
            settings.site,
            frozenset(rest for scheme, rest in schemes if scheme == "env"),
            tuple(found for one in folders for found in _meant(settings.site / one)),
            tuple(found for one in files for found in _meant(settings.site / one)),
        )

    def hold(self, reference: str) -> bool:
        """Whether a reference leads to one of them, from wherever a worker may stand."""
        scheme, _, rest = reference.partition(":")
        if scheme == "env":
            return rest.startswith(_OWN_VARIABLES) or rest in self.variables
        if scheme != "file":
            return False
        try:
            found = [path for base in (Path(), self.site) for path in _meant(base / rest)]
        except (OSError, RuntimeError, ValueError):  # a loop of links, or no path at all
            return True
        return any(self._is_own(path) for path in found)

    def _is_own(self, path: Path) -> bool:
        if STATE in path.parts or any(path.is_relative_to(one) for one in self.folders):
            return True
        return _timeless(path) in map(_timeless, self.files)


def _given() -> list[Path]:
    """Return the folder of what systemd gives this service, and the one above: beside ours are those of the workers."""
    if not (given := os.environ.get(_CREDENTIALS)):
        return []
    folder = Path(os.path.abspath(given))  # noqa: PTH100  without following links
    above = folder.parent
    return [folder] if above == Path(above.anchor) else [folder, above]  # in the root all files are beneath that


def _timeless(path: Path) -> tuple[str, ...]:
    """Return a path without the folders of a time in which Kubernetes keeps what it mounts: each pod has another."""
    return tuple(part for part in path.parts if part == path.name or not part.startswith(".."))


def _meant(path: Path) -> tuple[Path, Path]:
    """Return a path as it is written, and where it leads here: in a worker it may lead elsewhere."""
    return Path(os.path.abspath(path)), path.resolve()  # noqa: PTH100  without following links
