"""A cron expression as Vixie's cron reads it, on the mathematics of APScheduler's trigger.

The expression is read here and the trigger is given plain lists: its own reading takes 0 for Monday, lets both day
fields have to match, and knows neither 7 nor `@daily`. It is asked in UTC, where no hour is missing or comes twice;
`due.py` knows what a wall clock does.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from apscheduler.triggers.cron import CronTrigger

from netpulse_core.errors import InvalidParameters, did_you_mean

NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PART = re.compile(r"(?:(?P<all>\*)|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d{1,4}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 0, 7, _DAYS),
)


@dataclass(frozen=True, slots=True)
class Cron:
    """A readable expression; walls are seconds since 1970 as a clock on the wall would count them."""

    triggers: tuple[CronTrigger, ...]
    """Any of them is enough."""
    wild: bool
    """Whether minute or hour begins with `*`: it says how often, not at what time, and follows the clock as it goes."""

    def at_or_after(self, wall: int) -> int | None:
        """Return the first wall that matches from this one on."""
        moment = _EPOCH + timedelta(seconds=wall)
        found = (trigger.get_next_fire_time(None, moment) for trigger in self.triggers)
        return min((int(match.timestamp()) for match in found if match is not None), default=None)


@lru_cache(maxsize=4096)
def parse(expression: str) -> Cron:
    """Read an expression; raise InvalidParameters for one that cron would not take, or that never comes."""
    fields = _fields(expression)
    values = [_values(field, text) for field, text in zip(_FIELDS, fields, strict=True)]
    minutes, hours, days, months, weekdays = values
    weekdays = frozenset(day % 7 for day in weekdays)
    date = any(min(days) <= _LONGEST_DAYS[month - 1] for month in months)
    # As in Vixie's cron, `*/2` counts as a star: only two fields that both name days are alternatives.
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    if not date and not either:
        raise _wrong(f"{expression!r} never comes: no such month has a day {min(days)}")
    every_day, every_weekday = _all(_FIELDS[2]), frozenset(range(7))
    pairs = [(days, every_weekday), (every_day, weekdays)] if either else [(days, weekdays)]
    if not date:
        del pairs[0]  # it never matches, and the trigger would look for it until the year 9999
    return Cron(
        triggers=tuple(_trigger(minutes, hours, day, months, weekday) for day, weekday in pairs),
        wild=fields[0].startswith("*") or fields[1].startswith("*"),
    )


def _fields(expression: str) -> list[str]:
    text = expression.strip()
    if text.startswith("@"):
        known = NICKNAMES.get(text.lower())
        if known is None:
            raise _wrong(f"unknown {text!r}{did_you_mean(text, NICKNAMES)}", f"known are {', '.join(NICKNAMES)}")
        text = known
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise _wrong(
            f"{len(fields)} {'field' if len(fields) == 1 else 'fields'} where cron has 5",
            "they are minute, hour, day of month, month, day of week; for seconds, use `every`",
        )
    return fields


def _values(field: _Field, text: str) -> frozenset[int]:
    return frozenset().union(*(_part(field, part) for part in text.split(",")))


def _part(field: _Field, text: str) -> range:
    match = _PART.fullmatch(text)
    if match is None:
        raise _wrong(f"{text!r} is no {field.name}", "write numbers, names, `*`, ranges `1-5` and steps `*/15`")
    step = int(match["step"] or 1)
    if match["all"]:
        first, last = field.low, 6 if field.names is _DAYS else field.high
    else:
        first = _number(field, match["first"])
        last = _number(field, match["last"]) if match["last"] else first
        if match["step"] and not match["last"]:
            raise _wrong(f"{text!r} has a step and no range", f"write {match['first']}-{field.high}/{match['step']}")
    if field.names is _DAYS and last == 0 and first > 0:
        last = 7  # fri-sun
    if first > last:
        raise _wrong(f"the range {text!r} goes backwards", f"write two: {first}-{field.high},{field.low}-{last}")
    if not 0 < step <= field.high:
        raise _wrong(f"{step} is no step for {field.name}s", "for other intervals, use `every`")
    return range(first, last + 1, step)


def _number(field: _Field, word: str) -> int:
    if word.lower() in field.names:
        return field.names.index(word.lower()) + (0 if field.names is _DAYS else field.low)
    if not word.isdigit():
        raise _wrong(f"{word!r} is no {field.name}{did_you_mean(word.lower(), field.names)}")
    if not field.low <= int(word) <= field.high:
        raise _wrong(f"{word} is no {field.name}: they are {field.low} to {field.high}")
    return int(word)


def _trigger(
    minutes: frozenset[int],
    hours: frozenset[int],
    days: frozenset[int],
    months: frozenset[int],
    weekdays: frozenset[int],
) -> CronTrigger:
    return CronTrigger(
        minute=_listed(minutes, _FIELDS[0]),
        hour=_listed(hours, _FIELDS[1]),
        day=_listed(days, _FIELDS[2]),
        month=_listed(months, _FIELDS[3]),
        day_of_week="*" if len(weekdays) == len(_DAYS) else ",".join(_DAYS[day] for day in sorted(weekdays)),
        second="0",
        timezone=UTC,
    )


def _listed(values: frozenset[int], field: _Field) -> str:
    return "*" if values == _all(field) else ",".join(str(value) for value in sorted(values))


def _all(field: _Field) -> frozenset[int]:
    return frozenset(range(field.low, field.high + 1))


def _wrong(problem: str, hint: str = "") -> InvalidParameters:
    return InvalidParameters("cron", [problem], hint=hint)
