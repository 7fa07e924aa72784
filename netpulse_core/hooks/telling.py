"""What a site tells its plugins: the tables [plugins.NAME] of netpulse.toml, validated before anything starts."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from netpulse_core.errors import PluginError, SiteError, did_you_mean
from netpulse_core.model.plugin import PluginInfo, PluginSettings
from netpulse_core.settings import FILE, Settings


class Telling:
    """The tables of one site, and who has taken which."""

    def __init__(self, settings: Settings | None) -> None:
        self._path = settings.site / FILE if settings is not None else Path(FILE)
        self._tables: Mapping[str, dict[str, Any]] = settings.plugins if settings is not None else {}
        self._heard: set[str] = set()
        self._known: set[str] = set()

    def tell(self, info: PluginInfo, plugin: object) -> None:
        """Validate the table of a plugin and hand it over; raise SiteError with the file, line and key."""
        self._known.add(info.name)
        names = vars(plugin) if hasattr(plugin, "__dict__") else {}
        wanted = [value for value in names.values() if isinstance(value, PluginSettings)]
        if len(wanted) > 1:
            raise PluginError(f"plugin {info.id} has {len(wanted)} PluginSettings, and may have one", plugin=info.id)
        if not wanted:
            return
        self._heard.add(info.name)
        try:
            wanted[0].tell(self._tables.get(info.name, {}))
        except ValidationError as error:
            first = error.errors()[0]
            raise self._wrong(info.name, [str(part) for part in first["loc"]], first["msg"]) from None

    def require_all_heard(self, left_out: set[str]) -> None:
        """Raise SiteError for a table that no plugin takes: a misspelt one would silently be nothing."""
        for name in self._tables:
            if name in self._heard or name in left_out:
                continue
            if name in self._known:
                raise self._wrong(name, [], "this plugin takes no settings")
            raise self._wrong(name, [], f"there is no plugin {name!r}{did_you_mean(name, self._known)}")

    def _wrong(self, name: str, keys: list[str], message: str) -> SiteError:
        return SiteError(
            message, path=self._path, line=_line(self._path, name, keys), key=".".join(["plugins", name, *keys])
        )


def _line(path: Path, name: str, keys: list[str]) -> int:
    """Return the line of a key in its table, else of the table, else 0."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    header = re.compile(rf"\s*\[\s*plugins\s*\.\s*[\"']?{re.escape(name)}[\"']?\s*[.\]]")
    start = next((number for number, line in enumerate(lines, 1) if header.match(line)), 0)
    if not start or not keys:
        return start
    key = re.compile(rf"\s*[\"']?{re.escape(keys[0])}[\"']?\s*[.=]")
    for number, line in enumerate(lines[start:], start + 1):
        if line.lstrip().startswith("["):
            break
        if key.match(line):
            return number
    return start
