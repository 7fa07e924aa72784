"""Who said a setting: a variable of the environment, or a line of netpulse.toml."""

import os
import re
from pathlib import Path

from netpulse_core.errors import SiteError

FILE = "netpulse.toml"
PREFIX = "NETPULSE_"
_NAMES = {"env": "NAME, a variable of the environment", "file": "PATH"}


def blamed(site: Path, key: str, problem: str, *, hint: str = "") -> SiteError:
    """Return the error of a setting that is wrong, with the variable or the file, line and key that said it."""
    variable = f"{PREFIX}{key}".upper()
    if variable in (name.upper() for name in os.environ):
        return SiteError(f"{variable}: {problem}", hint=hint)
    return SiteError(problem, path=site / FILE, line=line_of(key, site / FILE), key=key, hint=hint)


def line_of(key: str, path: Path) -> int:
    """Return the line that says a key, 0 where none does."""
    pattern = re.compile(rf"^\s*\[?\s*{re.escape(key)}\s*[=.\]]")
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return next((number for number, line in enumerate(lines, 1) if pattern.match(line)), 0)


def referred(site: Path, key: str, value: str) -> str:
    """Return a setting's value, read where it refers to `env:NAME` or `file:PATH`; raise SiteError where that is not.

    A path is beneath the site unless it is absolute; the last newline of a file is none of the value.
    """
    scheme, _, name = value.partition(":")
    if scheme in ("env", "file") and not name:
        raise blamed(site, key, f"{value!r} names nothing", hint=f"write {scheme}:{_NAMES[scheme]}")
    if scheme == "env":
        if not os.environ.get(name):
            raise blamed(site, key, f"the variable {name} is not set, or is empty")
        return os.environ[name]
    if scheme == "file":
        try:
            return (site / name).read_text(encoding="utf-8").rstrip("\n")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "no text"
            raise blamed(site, key, f"{site / name} cannot be read: {why}") from None
    return value


def unreadable(value: str) -> str:
    """Return why a reference to a variable or a file leads nowhere in this process; empty for any other text."""
    scheme, _, name = value.partition(":")
    if scheme == "env" and name.isidentifier() and name not in os.environ:
        return f"the variable {name} is not set"
    if scheme == "file" and name and not Path(name).exists():
        return f"there is no file {name}"
    if scheme == "file" and name and not os.access(name, os.R_OK):
        return f"{name} cannot be read: Permission denied"
    return ""
