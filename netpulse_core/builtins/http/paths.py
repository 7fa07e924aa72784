"""Paths below a device's base URL, and which requests only read."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

READS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Safe by RFC 9110, section 9.2.1."""
METHODS = READS | {"POST", "PUT", "PATCH", "DELETE"}

_COMMANDS = re.compile(r"/level/\d+/|/(?:exec|configure)/", re.IGNORECASE)
"""IOS's own HTTP server runs the command line that such a path holds."""
_PAN_READS = {"config": ("get", "show", "complete"), "op": ()}
_PAN_CHANGES = {"commit", "import", "user-id", "op", "config"}


def problems(path: Any) -> list[str]:
    """Return why this is no path below a base; an absolute URL, `//host` and `..` would lead elsewhere."""
    if not isinstance(path, str):
        return ["a path is text"]
    if path and not path.startswith("/"):
        return ["a path begins with a slash: the device's address is in the inventory"]
    if path.startswith("//") or "\\" in path or re.search(r"[\x00-\x20\x7f]", path):
        return ["a path holds no second slash at its beginning, no backslash, no blank and no control character"]
    if "#" in path:
        return ["a path holds no `#`, which would not be sent: write it as %23"]
    parts = re.split(r"[/\\]", unquote(path.partition("?")[0]))
    return ["a path holds no `.` or `..`"] if {".", ".."} & set(parts) else []


def joined(path: str, params: Mapping[str, Any] | None) -> str:
    """Return the path with its query."""
    return f"{path}?{urlencode(params, doseq=True)}" if params else path


def is_read(line: str) -> bool:
    """Whether `METHOD /path?query` only reads, by its method; commands in the path or the query of a GET do not."""
    method, _, target = line.partition(" ")
    if method not in READS:
        return False
    parts = urlsplit(target)
    return not _COMMANDS.search(unquote(parts.path)) and not _runs_a_pan_command(parts.query)


def _runs_a_pan_command(query: str) -> bool:
    """PAN-OS takes every request of its XML API as a GET too."""
    asked = {key.lower(): value.lower() for key, value in parse_qsl(query, keep_blank_values=True)}
    kind = asked.get("type", "")
    if kind == "op":
        return not asked.get("cmd", "").lstrip().startswith("<show>")
    return kind in _PAN_CHANGES and asked.get("action", "") not in _PAN_READS.get(kind, ())
