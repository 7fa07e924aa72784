"""A new site: the folders and the example files an operator's own repository begins with."""

import json
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from netpulse_core.errors import Refused, SiteError
from netpulse_core.settings import FILE, Settings

_NOT_IN_THE_FILE = frozenset({"site", "secret_key", "store_keys"})
"""The site is the folder the file lies in, and keys do not belong in a repository."""

_OTHERWISE = {"gitignore": ".gitignore", "set_ntp.py.txt": "set_ntp.py"}
"""Files that would mean something to our own repository under the name they have in a site."""


def create(site: Path) -> list[Path]:
    """Write a working new site and return its files; where one exists already, refuse and write nothing."""
    planned = {site / name: content for name, content in _planned()}
    existing = sorted(str(path) for path in planned if path.exists() or path.is_symlink())
    if existing:
        reason = f"{', '.join(existing)} would be overwritten"
        raise Refused(reason, hint="choose another folder, or move what is there")
    for path, content in planned.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(content)
        except OSError as error:
            raise SiteError(f"cannot be written: {error.strerror}", path=path) from error
    return list(planned)


def _planned() -> Iterator[tuple[str, bytes]]:
    yield FILE, settings_text().encode()
    yield from _starter(files("netpulse_core.inventory").joinpath("starter"), "")


def _starter(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            if not entry.name.startswith((".", "__")):  # a state folder or a cache is nobody's starter
                yield from _starter(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{_OTHERWISE.get(entry.name, entry.name)}", entry.read_bytes()


def settings_text() -> str:
    """Return a netpulse.toml in which every setting stands with its sentence and its default, commented out."""
    lines = ["# Settings of this site. The environment wins: NETPULSE_PORT is port.", ""]
    for name, field in Settings.model_fields.items():
        if name not in _NOT_IN_THE_FILE:
            default = field.get_default(call_default_factory=True)
            lines += [f"# {field.description}", f"# {name} = {_toml(default)}", ""]
    return "\n".join(lines)


def _toml(value: Any) -> str:
    if value is None or value is PydanticUndefined:
        return '""'
    if isinstance(value, BaseModel):
        value = value.model_dump(exclude_none=True)
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_toml(item)}' for key, item in value.items())} }}" if value else "{}"
    return json.dumps(value)
