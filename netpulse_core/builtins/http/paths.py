"""Paths below a device's base URL, and which requests only read."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

READS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Safe by RFC 9110, section 9.2.1."""
METHODS = READS | {"POST", "PUT", "PATCH", "DELETE"}

_COMMANDS = re.compile(r"/level/\d+/|/(?:exec|configure)/", re.IGNORECASE)
"""IOS's own HTTP server runs the command line that such a path holds."""
_PAN_READS = {"config": ("get", "show", "complete")}
_PAN_CHANGES = {"commit", "import", "user-id", "op", "config"}
_PAN_KEY = re.compile(r"[\s\x00-\x20]*(type|cmd|action)\s*(?:$|[\[\x00])", re.IGNORECASE)
_PAN_SHOW = re.compile(r"\s*<show>(?:(?!</show>).)*</show>\s*", re.DOTALL)
_DECODINGS = 4
"""Times that a path is looked at decoded; servers and what stands before them were seen to decode twice."""


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
    return ["a path holds no `.` or `..`"] if _climbs(_decoded(path.partition("?")[0])) else []


def joined(path: str, params: Mapping[str, Any] | None) -> str:
    """Return the path with its query."""
    return f"{path}?{urlencode(params, doseq=True)}" if params else path


def below(base: str, line: str) -> str:
    """Return `METHOD /path?query` with the base before its path."""
    method, _, target = line.partition(" ")
    return f"{method} {base.rstrip('/')}{target}"


def is_read(line: str) -> bool:
    """Whether `METHOD /path?query` only reads, by its method; commands in the path or the query of a GET do not.

    A path is judged as the most lenient server may take it: decoded more than once, without what follows a `;`, and
    with one slash for several. `.` and `..` in it are no read, wherever they lead.
    """
    method, _, target = line.partition(" ")
    if method not in READS:
        return False
    path, _, query = target.partition("?")
    path, _, hidden = _decoded(path).partition("?")
    if _climbs(path) or _COMMANDS.search("/".join(_segments(path))):
        return False
    return not any(_runs_a_pan_command(one) for one in (query, hidden))


def _decoded(path: str) -> str:
    for _ in range(_DECODINGS):
        path = unquote(path)
    return path


def _segments(path: str) -> list[str]:
    """Return what stands between the slashes; an empty one at either end is a slash there."""
    named = [segment.partition(";")[0] for segment in re.split(r"[/\\]+", path)]
    return ["", *filter(None, named), *([""] if not named[-1] else [])]


def _climbs(path: str) -> bool:
    return bool({".", ".."} & set(_segments(path)))


def _runs_a_pan_command(query: str) -> bool:
    """PAN-OS takes every request of its XML API as a GET too.

    It reads its keys exactly. Where any `type`, however it is spelt, is one of those that change, a key that is spelt
    otherwise, or comes twice, makes a query a change: which of them a server takes is not known, and the other one
    could be there to look like a read. Other APIs have such keys too, with types of their own.
    """
    asked: dict[str, str] = {}
    kinds, odd = set[str](), False
    for key, value in parse_qsl(re.sub(";(?=[^=&;]*=)", "&", query), keep_blank_values=True):
        known = _PAN_KEY.match(key)
        if known is None:
            continue
        odd |= key != known[1].lower() or key in asked
        asked[key] = value
        if known[1].lower() == "type":
            kinds.add(_bare(value))
    if odd:
        return bool(kinds & _PAN_CHANGES)
    kind = next(iter(kinds), "")
    if kind == "op":
        return not _PAN_SHOW.fullmatch(asked.get("cmd", ""))
    return kind in _PAN_CHANGES and asked.get("action", "") not in _PAN_READS.get(kind, ())


def _bare(value: str) -> str:
    return re.sub(r"[\x00-\x20]", "", value).lower()
