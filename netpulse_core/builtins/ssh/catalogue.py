"""The platforms that are known: those of this package, and those a site adds."""

from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Any

import yaml
from pydantic import ValidationError

from netpulse_core import errors
from netpulse_core.builtins.ssh.platform import Platform

OURS = Path(__file__).parent / "platforms"
_added: dict[str, Platform] = {}
_read: dict[str, Platform] = {}
_reading = Lock()


def add(folder: Path) -> None:
    """Add every platform of a folder, all of them or none; raises SiteError."""
    found = [read(path) for path in sorted(folder.glob("*.yaml"))]
    for platform in found:
        _added.update(dict.fromkeys((platform.name, *platform.aliases), platform))


def find(name: str | None) -> Platform:
    """Return the platform of this name or alias; raises NotFound."""
    platform = get(name)
    if platform is None:
        raise errors.NotFound(
            "ssh platform",
            name or "",
            known=sorted({*_ours(), *_added}),
            hint="set `platform` in inventory/, or describe a platform of your own (docs/drivers/ssh.md)",
        )
    return platform


def get(name: str | None) -> Platform | None:
    """Return the platform of this name or alias, or None."""
    key = (name or "").lower()
    return _added.get(key) or _ours().get(key)


def every() -> list[Platform]:
    """Return each platform once, by name."""
    known = {platform.name: platform for platform in (*_ours().values(), *_added.values())}
    return [known[name] for name in sorted(known)]


def read(path: Path) -> Platform:
    """Return the platform of one file; raises SiteError with the line at fault."""
    text = path.read_text()
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        return Platform.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = 0 if mark is None else mark.line + 1
        raise errors.SiteError(getattr(error, "problem", "") or str(error), path=path, line=line) from error
    except ValidationError as error:
        # A mistyped key is also a missing one; the first is what somebody wrote.
        first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        place = [part for part in first["loc"] if isinstance(part, (str, int))]
        key = ".".join(map(str, place))
        said = first["msg"].removeprefix("Value error, ")
        raise errors.SiteError(said, path=path, line=_line(node, place), key=key) from error


def _ours() -> dict[str, Platform]:
    if not _read:
        with _reading:  # else each of a hundred first logins at once would read them all
            _read.update(_read or _of_files())
    return _read


def _of_files() -> dict[str, Platform]:
    return {name: one for path in sorted(OURS.glob("*.yaml")) for one in [read(path)] for name in _names(one)}


def _names(platform: Platform) -> Iterator[str]:
    yield platform.name
    yield from platform.aliases


def _line(node: Any, place: list[str | int]) -> int:
    """Return the line of what stands at a place, or of the nearest thing around it."""
    line = 1 if node is None else node.start_mark.line + 1
    for part in place:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        elif isinstance(node, yaml.MappingNode):
            inner = next(((key, value) for key, value in node.value if key.value == part), None)
            if inner is None:
                break
            line, node = inner[0].start_mark.line + 1, inner[1]
            continue
        else:
            break
        line = node.start_mark.line + 1
    return line
