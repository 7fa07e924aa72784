"""One file of `schedules/windows/`: its keys, what each may hold, and where in the file it does not."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from netpulse_core.errors import NetPulseError, SiteError, did_you_mean
from netpulse_core.inventory import targets
from netpulse_core.inventory.notice import Notice, Where
from netpulse_core.inventory.yamlfile import YamlFile
from netpulse_core.inventory.zones import zone
from netpulse_core.model.window import OWN, WEEK, WHOLE_DAY, Hours, Kind, Once, Window

KEYS = ("kind", "target", "timezone", "reason", "reads", "when")
WHEN = ("days", "dates", "from", "to")
KINDS = tuple(kind.value for kind in Kind)
RESERVED = ("next",)
"""Names that stand for something else in an address."""

MOST, LONGEST = 200, 500
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_WALL = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)", re.ASCII)
_ON_A_DAY = 'write a time of day in quotes, `from: "22:00"`, or a date with one, `from: 2026-12-18 18:00`'
_ITEMS = "a list of `days:`, `dates:`, `from:` and `to:`"


class WindowFile:
    """What one file says: a window, unless one of the notices is an error."""

    def __init__(self, path: Path, content: bytes) -> None:
        self.path = path
        self.notices: list[Notice] = []
        self.file: YamlFile | None = None
        self.window: Window | None = None
        try:
            self.file = YamlFile(path, content)
        except SiteError as error:
            self.notices = [
                Notice(
                    severity="error", path=path, line=error.line, key=error.key, message=error.problem, hint=error.hint
                )
            ]
            return
        self.notices = [*self.file.notices, *_problems(path.stem, self.file)]
        if not self.notices:
            self.window = _window(path.stem, self.file.data)


def _window(name: str, data: dict[str, Any]) -> Window:
    when = data["when"] if isinstance(data["when"], list) else [data["when"]]
    return Window(
        name=name,
        target=data["target"],
        kind=Kind(data.get("kind", Kind.WINDOW)),
        timezone=data["timezone"],
        reason=" ".join((data.get("reason") or "").split()),
        reads=data.get("reads", False),
        hours=tuple(_hours(item) for item in when),
    )


def _hours(item: dict[str, Any]) -> Hours | Once:
    begins, ends = item.get("from"), item.get("to")
    if isinstance(begins, datetime) and isinstance(ends, datetime):
        return Once(begins=begins, ends=ends)
    return Hours(
        days=_days(item.get("days")) or frozenset(),
        dates=_dates(item.get("dates")) or (),
        begins=0 if begins is None else _minutes(begins) or 0,
        ends=WHOLE_DAY if ends is None else _minutes(ends) or 0,
    )


def _minutes(value: object) -> int | None:
    """Return the minutes since midnight of a time of day, None where it is none."""
    match = _WALL.fullmatch(value) if isinstance(value, str) else None
    minutes = int(match[1]) * 60 + int(match[2]) if match else WHOLE_DAY + 1
    return minutes if minutes <= WHOLE_DAY else None


def _days(value: object) -> frozenset[int] | None:
    """Return days of the week, from `mon-fri`, `sat, sun` or a list of such; None where it is neither."""
    items = value if isinstance(value, list) else [] if value is None else [value]
    if not all(isinstance(item, str) for item in items):
        return None
    found: set[int] = set()
    for part in (part.strip().lower()[:32] for part in ",".join(map(str, items)).split(",")):
        first, _, last = (each.strip() for each in part.partition("-"))
        if _day(first) is None or (last and _day(last) is None):
            return None
        start, end = _day(first) or 0, _day(last or first) or 0
        found.update((start + number) % 7 for number in range((end - start) % 7 + 1))
    return frozenset(found)


def _day(word: str) -> int | None:
    """Return the number of a day of the week, by its name or the first letters of it."""
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return next((n for n, name in enumerate(names) if len(word) >= len(WEEK[0]) and name.startswith(word)), None)


def _dates(value: object) -> tuple[tuple[date, date], ...] | None:
    """Return ranges of dates, from `2026-12-24`, `2026-12-20..2027-01-03` or a list of such; None where it is none."""
    found = []
    for item in value if isinstance(value, list) else [] if value is None else [value]:
        first, dots, last = str(item).partition("..")
        try:
            begins = date.fromisoformat(first.strip())
            found.append((begins, date.fromisoformat(last.strip()) if dots else begins))
        except ValueError:
            return None
        if found[-1][1] < begins:
            return None
    return tuple(found)


def _problems(name: str, file: YamlFile) -> Iterator[Notice]:
    if not _NAME.fullmatch(name) or name in RESERVED:
        hint = "rename it: lower-case letters, digits, `_` and `-`, a letter first, 64 at most, and not `next`"
        yield file.error((), f"a window cannot be named {name!r} as its file is", hint)
    data = file.data
    if not isinstance(data, dict):
        yield file.error((), "not a mapping of keys", "a window has a `target:`, a `timezone:` and a `when:`")
        return
    yield from _unknown(file, (), data, KEYS)
    for key in ("target", "timezone", "when"):
        if key not in data:
            yield file.error((), f"`{key}` is missing", "a window says which devices, in which time zone, and when")
    for key in ("target", "timezone", "reason", "kind"):
        if key in data and not isinstance(data[key], str):
            yield file.error((key,), f"{data[key]!r} is not a text", "put it in quotes")
    if not isinstance(data.get("reads", False), bool):
        yield file.error(("reads",), f"{data['reads']!r} is neither true nor false")
    if isinstance(data.get("kind"), str) and data["kind"] not in KINDS:
        close = did_you_mean(data["kind"], KINDS)
        yield file.error(("kind",), f"{data['kind']!r} is no kind{close}", "write window, or blackout")
    if isinstance(data.get("reason"), str) and len(data["reason"]) > LONGEST:
        yield file.error(("reason",), f"longer than {LONGEST} characters")
    if isinstance(data.get("target"), str):
        yield from _told(file, "target", lambda: targets.parse(data["target"]))
    if isinstance(data.get("timezone"), str) and data["timezone"] != OWN:
        yield from _told(file, "timezone", lambda: zone(data["timezone"]))
    if "when" in data:
        yield from _when(file, data["when"])


def _when(file: YamlFile, when: object) -> Iterator[Notice]:
    items = when if isinstance(when, list) else [when]
    if not items or len(items) > MOST:
        yield file.error(("when",), f"not 1 to {MOST} times", _ITEMS)
        return
    for number, item in enumerate(items):
        where: Where = ("when", number) if isinstance(when, list) else ("when",)
        if not isinstance(item, dict) or not item:
            yield file.error(where, "not a mapping of keys", _ITEMS)
            continue
        yield from _unknown(file, where, item, WHEN)
        yield from _item(file, where, item)


def _item(file: YamlFile, where: Where, item: dict[Any, Any]) -> Iterator[Notice]:
    if "days" in item and not _days(item["days"]):
        yield file.error((*where, "days"), f"{item['days']!r} are no days", "write mon-fri, or sat, sun, or a list")
    if "dates" in item and not _dates(item["dates"]):
        hint = "write 2026-12-24, 2026-12-20..2027-01-03, or a list of such"
        yield file.error((*where, "dates"), f"{item['dates']!r} are no dates in order", hint)
    given = [key for key in ("from", "to") if item.get(key) is not None]
    if len(given) == 1:
        yield file.error((*where, given[0]), "only one of `from` and `to`", "write both, or neither for whole days")
        return
    begins, ends = item.get("from"), item.get("to")
    if isinstance(begins, datetime) or isinstance(ends, datetime):
        yield from _once(file, where, item)
        return
    for key in given:
        if _minutes(item[key]) is None:
            yield file.error((*where, key), f"{item[key]!r} is not a time of day", _ON_A_DAY)
            return
    if given and _minutes(begins) in (_minutes(ends), WHOLE_DAY):
        yield file.error((*where, "to"), "the time it ends at is when it begins", "leave both out for whole days")


def _once(file: YamlFile, where: Where, item: dict[Any, Any]) -> Iterator[Notice]:
    begins, ends = item["from"], item["to"]
    if not (isinstance(begins, datetime) and isinstance(ends, datetime)):
        yield file.error((*where, "to"), "one of `from` and `to` has a date and the other has none", _ON_A_DAY)
    elif begins.tzinfo or ends.tzinfo:
        yield file.error((*where, "from"), "it has a time zone of its own", "`timezone:` says which it is")
    elif not timedelta(0) < ends - begins:
        yield file.error((*where, "to"), "it ends before it begins")
    elif "days" in item or "dates" in item:
        yield file.error(where, "`from` has a date, and there are `days` or `dates` beside it", "keep one of them")


def _unknown(file: YamlFile, where: Where, data: dict[Any, Any], known: tuple[str, ...]) -> Iterator[Notice]:
    for key in data:
        if key not in known:
            problem = f"unknown key{did_you_mean(str(key), known)}"
            yield file.error((*where, key), problem, f"known are {', '.join(known)}")


def _told(file: YamlFile, key: str, question: Any) -> Iterator[Notice]:
    try:
        question()
    except NetPulseError as error:
        yield file.error((key,), "; ".join(getattr(error, "problems", ())) or str(error), error.hint)
