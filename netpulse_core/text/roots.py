"""Where templates come from: the site's folder as it was read, and the folders of installed packages."""

import importlib.util
import os
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path, PurePosixPath
from typing import Protocol

from netpulse_core.errors import InvalidParameters, SiteError

SITE = "site"
FOLDER = "templates"


class Root(Protocol):
    """A folder of templates; `owner` is the parser whose templates all of them are, empty where endings say it."""

    name: str
    package: str
    owner: str

    def names(self) -> Iterable[str]:
        """Return the names of its files."""

    def read(self, name: str) -> str | None:
        """Return the text of a file, or None where there is none."""

    def place(self, name: str) -> str:
        """Return what messages call a file."""


class SiteRoot:
    """The site's own templates, as they were when the site was read."""

    name, package, owner = SITE, "", ""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def names(self) -> Iterable[str]:
        """Return the names of its files."""
        return self._texts

    def read(self, name: str) -> str | None:
        """Return the text of a file, or None where there is none."""
        return self._texts.get(name)

    def place(self, name: str) -> str:
        """Return its path within the site."""
        return f"{FOLDER}/{name}"


class FolderRoot:
    """Templates that were installed: they stay as they are while a process runs."""

    def __init__(self, name: str, folder: Path, *, package: str = "", owner: str = "") -> None:
        self.name, self.package, self.owner = name, package, owner
        self._folder = folder.resolve()

    def names(self) -> Iterable[str]:
        """Return the names of its files."""
        return _files(self._folder)

    def read(self, name: str) -> str | None:
        """Return the text of a file, or None where there is none within the folder."""
        path = (self._folder / name).resolve()
        if not path.is_relative_to(self._folder) or not path.is_file():
            return None
        return path.read_text(encoding="utf-8")

    def place(self, name: str) -> str:
        """Return its path."""
        return f"{self.name}:{name}"


def of_site(site: Path) -> dict[str, str]:
    """Return the text of every file below a site's `templates/`; one that a link leads out of it is an error."""
    folder = site / FOLDER
    found: dict[str, str] = {}
    for name in _files(folder):
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise SiteError("this link leads out of the folder of templates", path=path, hint="copy the file there")
        try:
            found[name] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SiteError(f"cannot be read: {error}", path=path, hint="templates are UTF-8") from error
    return found


def of_package(package: str, folder: str, *, owner: str) -> FolderRoot | None:
    """Return the templates in a folder of an installed Python package, or None where it is not installed."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        return None
    place = Path(next(iter(found.submodule_search_locations))) / folder
    return FolderRoot(package, place, package=distribution(package), owner=owner) if place.is_dir() else None


def distribution(package: str) -> str:
    """Return name and version of what a Python package was installed with, empty where nobody knows."""
    try:
        name = package.replace("_", "-")
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        names = packages_distributions().get(package)
        return f"{names[0]} {version(names[0])}" if names else ""


def checked(name: str) -> str:
    """Return the name of a template; raise InvalidParameters where it would lead out of its folder."""
    parts = PurePosixPath(name).parts
    if not name or name.startswith("/") or "\\" in name or "\0" in name or ".." in parts:
        raise InvalidParameters("template", [f"{name!r} leads out of the folder of templates, or names nothing"])
    return "/".join(parts)


def _files(folder: Path) -> list[str]:
    found = []
    for root, below, files in os.walk(folder):
        below[:] = sorted(name for name in below if not name.startswith((".", "__")))
        found += [Path(root, name).relative_to(folder).as_posix() for name in files if not name.startswith((".", "_"))]
    return sorted(found)
