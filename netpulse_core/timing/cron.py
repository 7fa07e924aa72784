"""A cron expression as Vixie's cron reads it, on the mathematics of APScheduler's trigger.

The expression is read here and the trigger is given plain lists: its own reading takes 0 for Monday, lets both day
fields have to match, and knows neither 7 nor `@daily`. It is asked in UTC, where no hour is missing or comes twice;
`due.py` knows what a wall clock does.

Beyond Vixie's cron, `L` as a day of month is its last one, `fri#2` is the second Friday of a month and `friL` the last.
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
_MORE = {
    "day of month": ", and `L` for the last day",
    "day of week": ", and `fri#2` for the second, `friL` for the last of a month",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NTH = re.compile(r"(?P<day>[a-z]+|\d)(?:#(?P<nth>[1-5])|(?P<last>l))", re.ASCII | re.IGNORECASE)
_NTHS = ("1st", "2nd", "3rd", "4th", "5th")
_LAST_DAY = "L"
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
    last_day, fields[2] = _without_last_day(fields[2])
    nths, fields[4] = _without_nths(fields[4])
    minutes, hours, days, months, weekdays = (
        _values(field, text) if text else frozenset[int]() for field, text in zip(_FIELDS, fields, strict=True)
    )
    weekdays = frozenset(day % 7 for day in weekdays)
    date = last_day or any(min(days) <= _LONGEST_DAYS[month - 1] for month in months)
    # As in Vixie's cron, `*/2` counts as a star: only two fields that both name days are alternatives.
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    if not date and not either:
        raise _wrong(f"{expression!r} never comes: no such month has a day {min(days)}")
    if nths and fields[2].startswith("*") and fields[2] != "*":
        raise _wrong(f"{fields[2]!r} cannot be held against {', '.join(nths)}", "write `*` as the day of month")
    on_days = [*([_listed(days, _FIELDS[2])] if days and date else []), *(["last"] if last_day else [])]
    # What the trigger is asked: a day of the month, and a day of the week.
    pairs = [(",".join(nths), "*")] if nths else []
    if either:
        pairs += [(",".join(on_days), "*")] if on_days else []  # one that never matches is looked for until 9999
        pairs += [("*", _week(weekdays))] if weekdays else []
    elif weekdays:
        pairs += [(",".join(on_days), _week(weekdays))]
    return Cron(
        triggers=tuple(_trigger(minutes, hours, day, months, weekday) for day, weekday in pairs),
        wild=fields[0].startswith("*") or fields[1].startswith("*"),
    )


def _without_last_day(text: str) -> tuple[bool, str]:
    """Take `L` out of the days of a month."""
    parts = text.split(",")
    rest = [part for part in parts if part.upper() != _LAST_DAY]
    return len(rest) < len(parts), _joined(rest)


def _without_nths(text: str) -> tuple[list[str], str]:
    """Take `fri#2` and `friL` out of the days of a week; return them as the trigger writes them, and the rest."""
    nths, rest = [], []
    for part in text.split(","):
        match = _NTH.fullmatch(part)
        if match is None:
            rest.append(part)
            continue
        day = _DAYS[_number(_FIELDS[4], match["day"]) % 7]
        nths.append(f"{_NTHS[int(match['nth']) - 1] if match['nth'] else 'last'} {day}")
    return nths, _joined(rest)


def _joined(parts: list[str]) -> str:
    return ",".join(parts) or "," * len(parts)  # a part that is empty is still to be refused


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
        more = _MORE.get(field.name, "")
        raise _wrong(f"{text!r} is no {field.name}", f"write numbers, names, `*`, ranges `1-5`, steps `*/15`{more}")
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
    day: str,
    months: frozenset[int],
    weekday: str,
) -> CronTrigger:
    return CronTrigger(
        minute=_listed(minutes, _FIELDS[0]),
        hour=_listed(hours, _FIELDS[1]),
        day=day,
        month=_listed(months, _FIELDS[3]),
        day_of_week=weekday,
        second="0",
        timezone=UTC,
    )


def _week(weekdays: frozenset[int]) -> str:
    return "*" if len(weekdays) == len(_DAYS) else ",".join(_DAYS[day] for day in sorted(weekdays))


def _listed(values: frozenset[int], field: _Field) -> str:
    return "*" if values == _all(field) else ",".join(str(value) for value in sorted(values))


def _all(field: _Field) -> frozenset[int]:
    return frozenset(range(field.low, field.high + 1))


def _wrong(problem: str, hint: str = "") -> InvalidParameters:
    return InvalidParameters("cron", [problem], hint=hint)
