"""Numbers, instants and lists as people read them."""

import math
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from netpulse_core.model.stopping import Cancellation


class _OfADevice(Protocol):
    @property
    def device(self) -> str: ...


_SIZES = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))
_UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"))


def count(number: int, noun: str) -> str:
    """Return `1 device`, `2 devices`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def seconds(duration: float | None) -> str:
    """Return a duration in the unit that fits."""
    if duration is None:
        return ""
    for size, unit in _UNITS:
        if duration >= size:
            return f"{duration / size:.1f} {unit}"
    return f"{duration:.2f} s"


def size(number: int | None) -> str:
    """Return bytes in the unit that fits."""
    if number is None:
        return ""
    for unit, name in _SIZES:
        if number >= unit:
            return f"{number / unit:,.1f} {name}"
    return f"{number} B"


def old(age: float) -> str:
    """Return how old an answer is, whole seconds up: it must not seem younger."""
    return f"an answer {math.ceil(age)} s old"


def instant(at: float | None, zone: str = "UTC") -> str:
    """Return an instant with its zone, so that it can be compared with a log."""
    return "" if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} {zone}"


def until(at: float | None, now: float) -> str:
    """Return how far away an instant is."""
    if at is None:
        return ""
    return f"in {seconds(at - now)}" if at >= now else f"{seconds(now - at)} ago"


def natural(name: str) -> list[tuple[int, str]]:
    """Return what a name is sorted by where people read it: leaf2 before leaf10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d{1,18})", name) if part]


def by_device[T: _OfADevice](rows: Iterable[T]) -> list[T]:
    """Return rows by the names of their devices, those of one device as they stood."""
    return sorted(rows, key=lambda row: natural(row.device))


def names(all_of_them: Sequence[str], shown: int = 6) -> str:
    """Return some names and how many more there are."""
    more = len(all_of_them) - shown
    if more <= 1:  # a name takes no more room than saying that there is one more
        return ", ".join(all_of_them)
    return f"{', '.join(all_of_them[:shown])} and {more:,} more"


def cancelled(done: Cancellation) -> str:
    """Say how many devices were cancelled in the queue, and how many are being stopped at their work."""
    said = f"{count(done.cancelled, 'queued device')} cancelled"
    return f"{said}, {count(len(done.stopping), 'device')} at work being stopped" if done.stopping else said
