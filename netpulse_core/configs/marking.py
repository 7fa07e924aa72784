"""Parameters of runs: what of them may be shown, and what was shown and would now be sent to a device."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from netpulse_core.configs.redacting import MASK, Mark, announced, sanitized
from netpulse_core.configs.secretforms import COMMUNITY, holds_secret, is_secret, is_secret_name
from netpulse_core.errors import InvalidParameters
from netpulse_core.model.reference import is_reference
from netpulse_core.model.runbook import Runbook

_DEEPEST = 64
_MARK = re.compile(rf"{re.escape(MASK)}-[0-9a-f]{{10}}")
_BARE = re.compile(rf"(?<![*\w]){re.escape(MASK)}(?![*\w])")
_WORD = "aWordThatIsNone7"
"""Takes the place of a mask: where a text announces this word as a secret, the mask stood for one."""


def shown(given: Mapping[str, Any], mark: Mark) -> dict[str, Any]:
    """Return parameters in which what looks like a secret is marked; equal to what was given where nothing does."""
    return {name: _shown(value, mark, 0, secret=holds_secret(name, beneath=False)) for name, value in given.items()}


def masked(given: Mapping[str, Any], *, bare: bool) -> list[str]:
    """Return the names of parameters in which a mask stands where something else was meant.

    They were shown so, and copied: sent to a device, the mask would be its secret from then on. A mark under a key is
    ours wherever it stands; `bare` asterisks are one only where a secret would.
    """
    return [name for name, value in given.items() if _is_masked(value, bare, secret=holds_secret(name, beneath=False))]


def refuse_masks(runbook: Runbook, parameters: Mapping[str, Any]) -> None:
    """Raise InvalidParameters where what was shown in the place of a secret would be sent for it."""
    if names := masked(parameters, bare=runbook.changes):
        raise InvalidParameters(
            runbook.name,
            [f"{name}: a mask stands where a secret is meant, and would be sent as it is" for name in names],
            hint="give the secret itself; `netpulse rerun` sends again what a run was given, secrets too",
        )


def _shown(value: Any, mark: Mark, depth: int, *, secret: bool) -> Any:
    match value:
        case str():
            whole = secret and is_secret(value, COMMUNITY) and not is_reference(value)
            return mark(value) if whole else sanitized(value, mark)
        case dict() | list() | tuple() if depth >= _DEEPEST:
            return mark(repr(value))
        case dict():
            return dict(_named(name, item, mark, depth + 1, secret=secret) for name, item in value.items())
        case list() | tuple():
            return type(value)(_shown(item, mark, depth + 1, secret=secret) for item in value)
        case int() | float() if secret and not isinstance(value, bool):
            return mark(str(value))
    return value


def _named(name: Any, item: Any, mark: Mark, depth: int, *, secret: bool) -> tuple[Any, Any]:
    if not isinstance(name, str):
        return name, _shown(item, mark, depth, secret=secret)
    said = mark(name) if secret and is_secret_name(name) else sanitized(name, mark)
    return said, _shown(item, mark, depth, secret=holds_secret(name, beneath=secret))


def _is_masked(value: Any, bare: bool, *, secret: bool) -> bool:
    return any(
        _MARK.search(text) is not None or (bare and _stands(text, secret=secret))
        for text, secret in _texts(value, secret=secret)
        if MASK in text
    )


def _stands(text: str, *, secret: bool) -> bool:
    if secret:
        return text.strip() == MASK
    return any(_WORD in one for one in announced(_BARE.sub(_WORD, text)))


def _texts(value: Any, *, secret: bool) -> Iterator[tuple[str, bool]]:
    """Yield every text of a value, names of data too, and whether it is a secret by its name."""
    left = [(value, secret)]
    while left:
        one, secret = left.pop()
        match one:
            case str():
                yield one, secret
            case dict():
                left += ((str(name), False) for name in one)
                left += ((item, holds_secret(str(name), beneath=secret)) for name, item in one.items())
            case list() | tuple():
                left += ((item, secret) for item in one)
