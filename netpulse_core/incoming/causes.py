"""What led to an event: each webhook out says which hooks caused its run, so that no hook answers itself."""

import re
from collections.abc import Mapping
from typing import Any

from netpulse_core.errors import Conflict, InvalidParameters
from netpulse_core.model.incoming import Hook

HEADER = "netpulse-cause"
MEMBER = "cause"
"""The same in the body, for those who pass on a body and not its headers."""

MOST = 8
"""Hooks that may lead to one another."""

_ONE = re.compile(r"hook:[a-z0-9_-]{1,64}")


def of_event(headers: Mapping[str, str], data: Any = None) -> tuple[str, ...]:
    """Return what caused an event, the first cause first; raise InvalidParameters where its header says none."""
    said = [one.strip() for one in headers.get(HEADER, "").split(",") if one.strip()]
    if not all(_ONE.fullmatch(one) for one in said):
        raise InvalidParameters("event", [f"{HEADER} is not a list of hook:NAME with commas between them"])
    more = data.get(MEMBER) if isinstance(data, dict) else None  # where it is no list, it is something else's word
    said += [one for one in more if isinstance(one, str) and _ONE.fullmatch(one)] if isinstance(more, list) else []
    return tuple(dict.fromkeys(said))


def followed(hook: Hook, causes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the causes of what this event leads to; raise Conflict where it would go round in a circle."""
    if hook.caller in causes:
        way = " -> ".join((*causes, hook.caller))
        raise Conflict(
            f"this event was caused by a run of {hook.caller} itself: {way}",
            hint="whoever sends it must not send what follows from this hook's own runs",
        )
    if len(causes) >= MOST:
        raise Conflict(f"this event has {len(causes)} causes, and {MOST - 1} are followed at most")
    return (*causes, hook.caller)
