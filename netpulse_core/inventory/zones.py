"""Time zones by their IANA names."""

from datetime import UTC, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from netpulse_core.errors import InvalidParameters, did_you_mean


@lru_cache(maxsize=1024)
def zone(name: str) -> tzinfo:
    """Return the time zone of an IANA name; raise InvalidParameters with the closest one."""
    if name == "UTC":
        return UTC  # also where a container has no time zones installed
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = {each.lower(): each for each in available_timezones()}
        same = known.get(name.lower())
        guess = f"; did you mean {same!r}?" if same else did_you_mean(name, known.values())
        hint = "use an IANA name such as Europe/Berlin" if known else "this machine has no time zones: install tzdata"
        raise InvalidParameters("timezone", [f"unknown time zone {name!r}{guess}"], hint=hint) from None
