"""What clocks on walls show: the moments of a wall, and the moment a clock is set forward or back."""

from datetime import datetime, tzinfo


def moment(wall: datetime, zone: tzinfo, *, last: bool = False) -> float:
    """Return when a clock first shows a wall, or last; one that is skipped means the moment clocks are set forward."""
    first, second = passes(wall, zone)
    if first > second:
        return float(_change(zone, int(second), int(first)))
    return second if last else first


def passes(wall: datetime, zone: tzinfo) -> tuple[float, float]:
    """Return the moments of a wall at fold 0 and 1: equal where it comes once, backwards where never."""
    # PEP 495: a wall that comes twice has its earlier moment at fold 0, one that never comes has its later one.
    first, second = (wall.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1))
    return first, second


def is_skipped(wall: datetime, zone: tzinfo) -> bool:
    """Whether clocks are set forward over a wall."""
    first, second = passes(wall, zone)
    return first > second


def offset(zone: tzinfo, at: int) -> int:
    """Return how many seconds a clock is ahead of UTC."""
    found = datetime.fromtimestamp(at, zone).utcoffset()
    assert found is not None
    return int(found.total_seconds())


def _change(zone: tzinfo, before: int, after: int) -> int:
    """Return the first second at which the clock's offset is no longer that of `before`."""
    was = offset(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        if offset(zone, middle) == was:
            before = middle
        else:
            after = middle
    return after
