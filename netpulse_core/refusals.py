"""Why settings are refused, as whoever wrote them reads it."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import SettingsError

from netpulse_core.blame import PREFIX, line_of
from netpulse_core.errors import SiteError, did_you_mean


def of_value(error: ValidationError, model: type[BaseModel], path: Path, overrides: Mapping[str, Any]) -> SiteError:
    """Return the first refusal of a value, with the variable, or the file, line and key that said it."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    (name, _, nested), said = key.partition("."), str(first["msg"]).removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        message = f"unknown setting{did_you_mean(str(first['loc'][-1]), _known(model, first['loc'][:-1]))}"
    elif name in model.model_fields and _may_be_shown(model, first["loc"]) and name != "secret_key":
        message = f"{said} (got {first['input']!r})"
    else:
        message = said
    if name in overrides:
        return SiteError(message, key=key)
    if f"{PREFIX}{name}".upper() in (variable.upper() for variable in os.environ) and name in model.model_fields:
        return SiteError(f"{PREFIX}{name.upper()}: {f'{nested}: ' if nested else ''}{message}")
    return SiteError(message, path=path, line=_line(first["loc"], path), key=key)


def of_json(error: SettingsError, model: type[BaseModel]) -> SiteError:
    """Return the refusal of a variable whose text should have been JSON; the text itself is never part of it.

    That of a list is, in the hint, as it should have been written: lists of settings hold no secrets.
    """
    field = re.search(r'field "(\w+)"', str(error))
    if field is None:
        return SiteError(f"{PREFIX}: not valid JSON")
    variable = f"{PREFIX}{field[1].upper()}"
    if get_origin(model.model_fields[field[1]].annotation) is not tuple:
        return SiteError(f"{variable}: not valid JSON", hint="write it as an object of JSON")
    given = next((value for name, value in os.environ.items() if name.upper() == variable), "")
    parts = [part for word in given.split(",") if (part := word.strip(" []'\""))]
    return SiteError(f"{variable}: not valid JSON", hint=f"write the list as JSON: {variable}='{json.dumps(parts)}'")


def _known(model: type[BaseModel], place: Sequence[int | str]) -> Mapping[str, FieldInfo]:
    """Return the fields that a table knows; `place` are the names of the tables around it, and its own."""
    kind: Any = model
    for part in place:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = kind.model_fields[str(part)].annotation
        else:  # a table of tables, each under a name of the site's own
            kind = next(iter(get_args(kind)[1:]), None)
    return kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else {}


def _may_be_shown(model: type[BaseModel], place: Sequence[int | str]) -> bool:
    fields = ((_known(model, place[:depth]), str(part)) for depth, part in enumerate(place))
    return all(known[name].repr for known, name in fields if name in known)


def _line(place: Sequence[int | str], path: Path) -> int:
    """Return the line of a key within its table, else of the setting."""
    names = [str(part) for part in place]
    inner = r"\s*\.\s*".join(re.escape(name) for name in names)
    table = r"\s*\.\s*".join(re.escape(name) for name in names[:-1])
    lines = path.read_text(encoding="utf-8").splitlines() if len(names) > 1 and path.is_file() else []
    within = 0
    for number, text in enumerate(lines, 1):
        if re.match(rf"\s*(?:\[\s*)?{inner}\s*[=.\]]", text) or (
            within and re.match(rf"\s*{re.escape(names[-1])}\s*[=.]", text)
        ):
            return number
        if text.lstrip().startswith("["):
            within = number if re.match(rf"\s*\[\s*{table}\s*\]", text) else 0
    return line_of(names[0], path)
