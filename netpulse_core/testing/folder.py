"""A site folder as a test tells it."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import yaml

type Content = str | Mapping[str, object] | list[object] | Path


def write(folder: Path, files: Mapping[str, Content]) -> Path:
    """Write these files into a folder: text as it is, a path's file as a copy, and anything else as YAML.

    Raises ValueError for a path that leads out of the folder.
    """
    for name, content in files.items():
        place = PurePosixPath(name)
        if place.is_absolute() or ".." in place.parts:
            raise ValueError(f"{name}: leads out of the site")
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_text(content), encoding="utf-8")
    return folder


def _text(content: Content) -> str:
    match content:
        case str():
            return content
        case Path():
            return content.read_text(encoding="utf-8")
        case _:
            return yaml.safe_dump(content, sort_keys=False)
