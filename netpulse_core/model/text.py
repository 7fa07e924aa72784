"""Words of people that more than one room writes."""

from collections.abc import Sequence
from datetime import UTC, datetime

SHOWN = 5
"""Things named in one error."""


def instant(at: float) -> str:
    """Return the time of day of an instant with its zone, so that it can be compared with a log."""
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S} UTC"


def moment(at: float) -> str:
    """Return an instant with its day and its zone."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"


def device_count(number: int) -> str:
    """Return `1 device`, `2 devices`."""
    return f"{number:,} device{'' if number == 1 else 's'}"


def in_short(names: Sequence[str]) -> str:
    """Return names for an error, the first few of many."""
    more = len(names) - SHOWN
    return f"{', '.join(names[:SHOWN])} and {more} more" if more > 0 else ", ".join(names)
