"""Paths in a vault: whole segments, so that `core` allows `core/r1` and not `core-lab`."""

import re
from collections.abc import Iterable

_SEGMENT = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9_.@+-]+")
"""Nothing that a server, a proxy or a library might read otherwise: no escapes, and no way up."""


def segments(path: str) -> tuple[str, ...]:
    """Return the segments of a path; raise ValueError where one is none."""
    found = tuple(path.split("/"))
    if not all(_SEGMENT.fullmatch(one) for one in found):
        raise ValueError(f"{path!r} is no path: letters, digits and _ . @ + -, parted by single slashes")
    return found


def allowed(path: str, listed: Iterable[str]) -> bool:
    """Whether a path is listed, or lies below one that is."""
    wanted = segments(path)
    return any(wanted[: len(one)] == one for one in map(segments, listed))
