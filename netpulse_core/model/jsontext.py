"""JSON in which every key counts: of a key that an object has twice, Python takes the last and says nothing."""

import json
from collections import Counter
from typing import Any

from netpulse_core.errors import InvalidParameters

_TOLD = 20
"""How many of such keys are named at once."""


def read(text: str | bytes, of: str, what: str, **how: Any) -> Any:
    """Return what a text says; raise InvalidParameters for `of` where an object of `what` has a key twice.

    What else is wrong with it, `json.loads` raises itself, which takes `how`.
    """
    twice: dict[str, None] = {}

    def noted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            times = Counter(name for name, _ in pairs)
            twice.update(dict.fromkeys(name for name in times if times[name] > 1))
        return made

    value = json.loads(text, object_pairs_hook=noted, **how)
    if twice:
        told = list(twice)[:_TOLD]
        problems = [f"{what} has the key {name!r} twice, and only the last would count" for name in told]
        raise InvalidParameters(of, problems, hint="keep one of them")
    return value
