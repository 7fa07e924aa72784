"""Files and variables that netpulse.toml names: they have to be there before a process works by them."""

from collections.abc import Collection, Iterator
from typing import Any

from netpulse_core.blame import blamed, unreadable
from netpulse_core.errors import SiteError
from netpulse_core.settings import FILE, Settings, existing


def require_files(settings: Settings) -> None:
    """Raise SiteError for a file of keys that is named and is not there."""
    for error in missing_files(settings, "store_keys_file"):
        raise error


def missing_files(settings: Settings, *keys: str) -> Iterator[SiteError]:
    """Yield an error for each of these settings whose file is not there; keys that are given need none."""
    for key in keys:
        if key == "store_keys_file" and settings.store_keys is not None:
            continue
        try:
            existing(settings, key)
        except SiteError as error:
            yield error


def require(settings: Settings, plugins: Collection[str]) -> None:
    """Raise SiteError for what a worker needs and is not there; `plugins` are the names of those that are loaded."""
    for error in missing(settings, plugins):
        raise error


def missing(settings: Settings, plugins: Collection[str]) -> Iterator[SiteError]:
    """Yield an error for each file of host keys and each reference to a variable or a file that leads nowhere."""
    if settings.host_keys == "known_hosts":
        path = settings.site / settings.known_hosts
        if not path.is_file():
            key = "known_hosts" if "known_hosts" in settings.model_fields_set else "host_keys"
            yield blamed(settings.site, key, f"there is no file {path}")
    tables = {f"plugins.{name}": table for name, table in settings.plugins.items() if name in plugins}
    for key, reference in _texts({"backups.remote_password": settings.backups.remote_password} | tables):
        if problem := unreadable(reference):
            yield _said(settings, key, reference, problem)


def _texts(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(item, f"{key}.{name}" if key else name)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item, key)


def _said(settings: Settings, key: str, reference: str, problem: str) -> SiteError:
    """Return the error with the line where the reference stands: a key of a table is written in several ways."""
    found = blamed(settings.site, key.partition(".")[0], problem)
    path = settings.site / FILE
    lines = path.read_text(encoding="utf-8").splitlines() if found.path and path.is_file() else []
    quoted = f'"{reference}"', f"'{reference}'"
    line = next((number for number, text in enumerate(lines, 1) if any(one in text for one in quoted)), 0)
    return SiteError(problem, path=path, line=line, key=key) if line else found
