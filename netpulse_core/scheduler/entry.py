"""One schedule file: its keys, what each may hold, and where in the file it does not."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from netpulse_core.controller.acceptance import LONGEST_DEADLINE
from netpulse_core.errors import NetPulseError, SiteError, did_you_mean
from netpulse_core.inventory import targets
from netpulse_core.inventory.notice import Notice, Where
from netpulse_core.inventory.yamlfile import YamlFile
from netpulse_core.model.run import DEFAULT_PRIORITY, PRIORITIES, RunRequest
from netpulse_core.model.schedule import Schedule
from netpulse_core.scheduler import cron, due

KEYS = (
    "runbook", "target", "parameters", "cron", "every", "timezone", "priority", "deadline", "description", "enabled",
    "role",
)  # fmt: skip
LONGEST_INTERVAL = 366 * 86_400.0
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)


@dataclass(slots=True)
class Entry:
    """What one file says: a schedule, unless one of the notices is an error."""

    name: str
    file: YamlFile | None = None
    schedule: Schedule | None = None
    notices: list[Notice] = field(default_factory=list)


def read(path: Path, content: bytes) -> Entry:
    """Read one file and everything that is wrong with it by itself."""
    entry = Entry(path.stem)
    try:
        entry.file = YamlFile(path, content)
    except SiteError as error:
        entry.notices = [
            Notice(severity="error", path=path, line=error.line, key=error.key, message=error.problem, hint=error.hint)
        ]
        return entry
    entry.notices = [*entry.file.notices, *_problems(entry.name, entry.file)]
    if not entry.notices:
        entry.schedule = _schedule(entry.name, entry.file.data)
    return entry


def seconds(value: object) -> float | None:
    """Return a duration in seconds, from a number or a text such as `1h30m`; None where it is neither."""
    if isinstance(value, str) and value and (match := _DURATION.fullmatch(value)):
        days, hours, minutes, rest = (int(part or 0) for part in match.groups())
        return float(((days * 24 + hours) * 60 + minutes) * 60 + rest)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    return None


def _schedule(name: str, data: dict[str, Any]) -> Schedule:
    request = RunRequest(
        runbook=data["runbook"],
        target=data["target"],
        parameters=data.get("parameters") or {},
        priority=data.get("priority", DEFAULT_PRIORITY),
    )
    deadline = seconds(data.get("deadline"))
    if deadline is not None:
        request = replace(request, deadline=deadline)
    return Schedule(
        name=name,
        request=request,
        cron=data.get("cron"),
        every=seconds(data.get("every")),
        timezone=data.get("timezone", "UTC"),
        sentence=data.get("description", ""),
        enabled=data.get("enabled", True),
        role=data.get("role", ""),
    )


def _problems(name: str, file: YamlFile) -> Iterator[Notice]:
    if not _NAME.fullmatch(name):
        hint = "rename it: lower-case letters, digits, `_` and `-`, a letter first, 64 at most"
        yield file.error((), f"a schedule cannot be named {name!r} as its file is", hint)
    if not isinstance(file.data, dict):
        yield file.error(
            (), "not a mapping of keys", "a schedule has a `runbook:`, a `target:` and a `cron:` or `every:`"
        )
        return
    for key in file.data:
        if key not in KEYS:
            yield file.error((key,), f"unknown key{did_you_mean(str(key), KEYS)}", f"known are {', '.join(KEYS)}")
    yield from _request(file, file.data)
    yield from _when(file, file.data)


def _request(file: YamlFile, data: dict[Any, Any]) -> Iterator[Notice]:
    for key in ("runbook", "target"):
        if key not in data:
            yield file.error((), f"`{key}` is missing", "a schedule says which runbook, and on which devices")
    yield from _texts(file, data, "runbook", "target", "description", "role")
    if isinstance(data.get("target"), str):
        yield from _told(file, "target", lambda: targets.parse(data["target"]))
    parameters = data.get("parameters")
    if parameters is not None and not isinstance(parameters, dict):
        yield file.error(("parameters",), "not a mapping of names to values")
    else:
        yield from _not_json(file, ("parameters",), parameters)
    priority = data.get("priority", DEFAULT_PRIORITY)
    if type(priority) is not int or priority not in PRIORITIES:
        yield file.error(("priority",), f"{priority!r} is not a number from {PRIORITIES[0]} to {PRIORITIES[-1]}")
    yield from _duration(file, data, "deadline", LONGEST_DEADLINE)
    if not isinstance(data.get("enabled", True), bool):
        yield file.error(("enabled",), f"{data['enabled']!r} is neither true nor false")


def _when(file: YamlFile, data: dict[Any, Any]) -> Iterator[Notice]:
    given = [key for key in ("cron", "every") if key in data]
    if len(given) != 1:
        problem = "both `cron` and `every` say when" if given else "neither `cron` nor `every` says when"
        yield file.error(tuple(given[1:]), problem, "write exactly one of them")
    yield from _duration(file, data, "every", LONGEST_INTERVAL)
    yield from _texts(file, data, "cron", "timezone")
    if isinstance(data.get("cron"), str):
        yield from _told(file, "cron", lambda: cron.parse(data["cron"]))
    if isinstance(data.get("timezone"), str):
        yield from _told(file, "timezone", lambda: due.zone(data["timezone"]))


def _texts(file: YamlFile, data: dict[Any, Any], *keys: str) -> Iterator[Notice]:
    for key in keys:
        if key in data and not isinstance(data[key], str):
            yield file.error((key,), f"{data[key]!r} is not a text", "put it in quotes")


def _duration(file: YamlFile, data: dict[Any, Any], key: str, longest: float) -> Iterator[Notice]:
    if key not in data:
        return
    value = seconds(data[key])
    if value is None:
        yield file.error((key,), f"{data[key]!r} is not a duration", "write seconds, or such as 15m, 1h30m, 1d")
    elif not 1 <= value <= longest:
        yield file.error((key,), f"{data[key]!r} is not within 1 second and {longest / 86_400:g} days")


def _told(file: YamlFile, key: str, question: Any) -> Iterator[Notice]:
    try:
        question()
    except NetPulseError as error:
        yield file.error((key,), *worded(error))


def worded(error: NetPulseError) -> tuple[str, str]:
    """Return an error's words without the name of what is wrong, which the notice's key says already."""
    problems = getattr(error, "problems", ())
    return "; ".join(problems) or str(error), error.hint


def _not_json(file: YamlFile, where: Where, value: object) -> Iterator[Notice]:
    """Tell of values the ledger cannot keep: it holds a definition as JSON."""
    match value:
        case dict():
            for key, item in value.items():
                if not isinstance(key, str):
                    yield file.error((*where, key), f"the key {key!r} is not a text", "put it in quotes")
                yield from _not_json(file, (*where, key), item)
        case list():
            for number, item in enumerate(value):
                yield from _not_json(file, (*where, number), item)
        case float() if not math.isfinite(value):
            yield file.error(where, f"{value!r} is not a number that can be sent")
        case None | bool() | int() | float() | str():
            return
        case _:
            yield file.error(where, f"{value} is a {type(value).__name__}, not a text", "put it in quotes")
