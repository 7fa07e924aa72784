"""What a body asks for, as its hook reads it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from netpulse_core.errors import InvalidParameters
from netpulse_core.incoming.expressions import found
from netpulse_core.model import jsontext
from netpulse_core.model.incoming import FROM, Hook

DEEPEST = 32
"""Levels of what an expression may bring into a parameter."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What an event means; `ignored` says why it is not wanted, `names` is None for all that the target means."""

    ignored: str = ""
    names: tuple[str, ...] | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


def parsed(body: bytes) -> Any:
    """Return the JSON of a body; raise InvalidParameters."""
    try:
        return jsontext.read(body.decode("utf-8"), "event", "the body", parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise InvalidParameters("event", ["the body is not UTF-8"]) from error
    except RecursionError as error:
        raise InvalidParameters("event", ["the body is nested too deeply"]) from error
    except ValueError as error:
        hint = "send `application/json`; at GitHub that is the content type of the webhook"
        raise InvalidParameters("event", [f"the body is not JSON: {error}"], hint=hint) from error


def read(hook: Hook, data: Any) -> Reading:
    """Return what an event means; raise InvalidParameters where it does not say what the hook asks of it."""
    if hook.when and (said := found("when", hook.when, data)) is not True:
        return Reading(ignored=f"`when` came to {_short(said)}, and only true is wanted")
    return Reading(names=_names(hook, data), parameters=filled(hook.parameters, data))


def filled(value: Any, data: Any, key: str = "parameters") -> Any:
    """Return a value of the file with every `{from: EXPRESSION}` in it replaced by what the body says."""
    if isinstance(value, Mapping):
        if set(value) == {FROM}:
            return _keepable(key, found(key, value[FROM], data))
        return {name: filled(item, data, f"{key}.{name}") for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [filled(item, data, f"{key}.{number}") for number, item in enumerate(value)]
    return value


def reads_body(value: Any) -> bool:
    """Whether a value of the file takes something from the body."""
    if isinstance(value, Mapping):
        return set(value) == {FROM} or any(reads_body(item) for item in value.values())
    return isinstance(value, list | tuple) and any(reads_body(item) for item in value)


def _names(hook: Hook, data: Any) -> tuple[str, ...] | None:
    if not hook.device:
        return None
    said = found("device", hook.device, data)
    names = [said] if isinstance(said, str) else said
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        # Nothing is never everything: an event that names no device must not become a run on all of them.
        problem = f"`device` came to {_short(said)}, which is neither the name of a device nor a list of names"
        raise InvalidParameters("event", [problem], hint=f"the hook asks the body for {hook.device}")
    return tuple(dict.fromkeys(_keepable("device", names)))


def _keepable(key: str, value: Any) -> Any:
    """Return what was found, if a ledger can keep it; raise InvalidParameters."""
    left = [(value, 0)]
    while left:
        one, depth = left.pop()
        if depth > DEEPEST:
            raise InvalidParameters("event", [f"`{key}` would be nested deeper than {DEEPEST} levels"])
        if isinstance(one, dict):
            left += [(item, depth + 1) for pair in one.items() for item in pair]
        elif isinstance(one, list):
            left += [(item, depth + 1) for item in one]
        elif isinstance(one, float) and not math.isfinite(one):
            raise InvalidParameters("event", [f"`{key}` holds {one}, which is no number"])
        elif isinstance(one, str) and ("\0" in one or any("\ud800" <= letter <= "\udfff" for letter in one)):
            raise InvalidParameters("event", [f"`{key}` holds a NUL or half of a surrogate pair"])
    return value


def _short(value: Any) -> str:
    words = repr(value) if isinstance(value, str | bool | int | float | None) else f"a {type(value).__name__}"
    return f"{words[:60]}..." if len(words) > 60 else words


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")
