"""Words of a schedule that are more than text: durations, and instants with their zone."""

import math
import re
from datetime import datetime

_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)


def seconds(value: object) -> float | None:
    """Return a duration in seconds, from a number or a text such as `1h30m`; None where it is neither."""
    if isinstance(value, str) and value and (match := _DURATION.fullmatch(value)):
        days, hours, minutes, rest = (int(part or 0) for part in match.groups())
        return float(((days * 24 + hours) * 60 + minutes) * 60 + rest)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    return None


def instant(value: object) -> float | None:
    """Return seconds since 1970 UTC, of a time that says its zone; None where it is no time, or says none."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:  # February has no 30th
            return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        return None
    return value.timestamp()
