"""Which parameters of a runbook are lines a device is sent as they are given."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

_END = re.compile(r"\r\n|\n|\r")


class SentLines:
    """Says of a parameter that its lines are sent to devices: `commands: Annotated[list[str], SentLines()]`.

    What a role or a key may send is judged by them before a run is recorded. It marks a text, a list of texts, or a
    list of turns, of which `send` is sent.
    """


def sent(parameters: type[BaseModel], given: Mapping[str, Any]) -> list[str]:
    """Return the lines among validated parameters, one command or configuration line each."""
    marked = [
        name
        for name, field in parameters.model_fields.items()
        if _marks(field.metadata) or any(_marked(part) for part in (field.annotation, *get_args(field.annotation)))
    ]
    return [line for name in marked for line in _lines(given.get(name)) if line.strip()]


def _marks(metadata: Any) -> bool:
    return any(isinstance(one, SentLines) or one is SentLines for one in metadata)


def _marked(annotation: Any) -> bool:
    return _marks(getattr(annotation, "__metadata__", ())) or any(_marked(part) for part in get_args(annotation))


def _lines(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield from _END.split(value)  # what else Python ends a line at is a character that no rule lets pass
        case list() | tuple():
            for one in value:
                yield from _lines(one)
        case {"send": send}:
            yield from _lines(send)
