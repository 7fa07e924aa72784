"""Words of people that more than one room writes."""

from datetime import UTC, datetime


def instant(at: float) -> str:
    """Return the time of day of an instant with its zone, so that it can be compared with a log."""
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S} UTC"
