"""Cron the slow way: every minute of a time zone is looked at, and a clock that jumps is seen to jump."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
DAY = 1440
QUARTER = 15


def walk(expression: str, zone: str, after: float, until: float) -> Iterator[float]:
    """Yield the due times of an expression later than `after`, as Vixie's cron would find them."""
    fields = expression.split()
    minutes, hours = matching(fields[0], 0, 59), matching(fields[1], 0, 23)
    wild = fields[0][0] == "*" or fields[1][0] == "*"
    first = int(after // 60) // QUARTER - 2 * DAY // QUARTER
    highest = first * QUARTER + offset(zone, first)
    for quarter in range(first, int(until // 60) // QUARTER + 1):
        start = quarter * QUARTER + offset(zone, quarter)
        if not any(on_day(*fields[2:], day) for day in {start // DAY, (highest + 1) // DAY}):
            highest = max(highest, start + QUARTER - 1)
            continue
        for minute in range(QUARTER):
            wall = start + minute
            shown = [wall] if wild else range(highest + 1, wall + 1)
            highest = max(highest, wall)
            if any(
                each % 60 in minutes and each // 60 % 24 in hours and on_day(*fields[2:], each // DAY) for each in shown
            ):
                due = (quarter * QUARTER + minute) * 60.0
                if after < due <= until:
                    yield due


def matching(text: str, low: int, high: int) -> set[int]:
    """Return the numbers a field without names means."""
    found = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = (f"{low}-{high}" if span == "*" else span).partition("-")
        found |= set(range(int(first), int(last or first) + 1, int(step or 1)))
    return found


@lru_cache(maxsize=100_000)
def on_day(days: str, months: str, weekdays: str, number: int) -> bool:
    """Whether a day, counted from 1970, matches three fields."""
    day = date.fromordinal(date(1970, 1, 1).toordinal() + number)
    weekday = day.isoweekday() % 7
    in_days = day.day in matching(days, 1, 31)
    in_weekdays = bool({weekday, weekday or 7} & matching(numbered(weekdays, DAYS, 0), 0, 7))
    starred = days[0] == "*" or weekdays[0] == "*"
    both = in_days and in_weekdays if starred else in_days or in_weekdays
    return both and day.month in matching(numbered(months, MONTHS, 1), 1, 12)


def numbered(text: str, names: list[str], first: int) -> str:
    """Write names as numbers."""
    for number, name in enumerate(names, first):
        text = text.replace(name, str(number))
    return text


@lru_cache(maxsize=500_000)
def offset(zone: str, quarter: int) -> int:
    """Return how many minutes a zone's clocks are ahead of UTC."""
    ahead = datetime.fromtimestamp(quarter * QUARTER * 60, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    assert ahead is not None
    return int(ahead.total_seconds()) // 60
