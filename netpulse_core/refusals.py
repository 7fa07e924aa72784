"""Why settings are refused, as whoever wrote them reads it."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_settings import SettingsError

from netpulse_core.blame import PREFIX, line_of
from netpulse_core.errors import SiteError, did_you_mean


def of_value(error: ValidationError, model: type[BaseModel], path: Path, overrides: Mapping[str, Any]) -> SiteError:
    """Return the first refusal of a value, with the variable, or the file, line and key that said it."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    name = key.partition(".")[0]
    if first["type"] == "extra_forbidden":
        message = f"unknown setting{did_you_mean(key, model.model_fields)}"
    elif name in model.model_fields and model.model_fields[name].repr and name != "secret_key":
        message = f"{first['msg']} (got {first['input']!r})"
    else:
        message = str(first["msg"])
    if name in overrides:
        return SiteError(message, key=key)
    if f"{PREFIX}{name}".upper() in (variable.upper() for variable in os.environ) and name in model.model_fields:
        return SiteError(f"{PREFIX}{name.upper()}: {message}")
    return SiteError(message, path=path, line=line_of(name, path), key=key)


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
