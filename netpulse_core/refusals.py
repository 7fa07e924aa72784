"""Why settings are refused, as whoever wrote them reads it."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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


def of_json(error: SettingsError) -> SiteError:
    """Return the refusal of a variable whose text should have been JSON; the text itself is never part of it."""
    field = re.search(r'field "(\w+)"', str(error))
    return SiteError(f"{PREFIX}{field[1].upper() if field else ''}: not valid JSON")
