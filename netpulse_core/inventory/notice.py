"""What is wrong with a site, as data: where, what, and what to do next."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from netpulse_core.errors import SiteError

Severity = Literal["error", "warning"]
ENVIRONMENT = Path("environment")
"""Stands for the file where a variable of the environment is what is wrong; its name begins the message."""
Where = tuple[str | int, ...]
"""The keys that lead to a value, outermost first; a number counts list items from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to know about a site; an error keeps it from loading. It never holds a secret's value."""

    severity: Severity
    path: Path
    line: int = 0
    key: str = ""
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.path, self.line or "", self.key) if part)
        return f"{place}: {self.message}"


class Teller(Protocol):
    """What says where something is wrong: a file with its lines, or a request."""

    def error(self, where: Where, message: str, hint: str = "") -> Notice:
        """Return an error at these keys."""
        ...


def of_settings(error: SiteError, severity: Severity = "error", hint: str = "") -> Notice:
    """Return what is wrong with a setting; an error that tells of no file is of a variable."""
    path = Path(error.path) if error.path else ENVIRONMENT
    said = hint or error.hint
    return Notice(severity=severity, path=path, line=error.line, key=error.key, message=error.problem, hint=said)


def raise_first(notices: Sequence[Notice]) -> None:
    """Raise the first error as SiteError, saying how many more there are; do nothing where there is none."""
    errors = [notice for notice in notices if notice.severity == "error"]
    if not errors:
        return
    first, more = errors[0], len(errors) - 1
    hint = first.hint
    if more:
        rest = f"{more} more {'problem' if more == 1 else 'problems'}: `netpulse check` lists them all"
        hint = f"{hint}; {rest}" if hint else rest
    raise SiteError(first.message, path=first.path, line=first.line, key=first.key, hint=hint)


def dotted(where: Where) -> str:
    """Write a path of keys as people do: `leaf1.groups.0`."""
    return ".".join(str(part) for part in where)


def not_json(said: Teller, where: Where, value: object) -> Iterator[Notice]:
    """Yield the values the ledger cannot keep: it holds parameters as JSON."""
    match value:
        case dict():
            for key, item in value.items():
                if not isinstance(key, str):
                    yield said.error((*where, key), f"the key {key!r} is not a text", "put it in quotes")
                yield from not_json(said, (*where, key), item)
        case list():
            for number, item in enumerate(value):
                yield from not_json(said, (*where, number), item)
        case float() if not math.isfinite(value):
            yield said.error(where, f"{value!r} is not a number that can be sent")
        case None | bool() | int() | float() | str():
            return
        case _:
            yield said.error(where, f"{value} is a {type(value).__name__}, not a text", "put it in quotes")
