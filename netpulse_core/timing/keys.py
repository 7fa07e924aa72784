"""The keys of a schedule, and everything that can be wrong with what each holds."""

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from itertools import pairwise
from typing import Any

from netpulse_core.errors import NetPulseError, did_you_mean
from netpulse_core.inventory import targets
from netpulse_core.inventory.notice import Notice, Teller, not_json
from netpulse_core.inventory.zones import zone
from netpulse_core.model.run import DEFAULT_DEADLINE, DEFAULT_PRIORITY, LONGEST_DEADLINE, PRIORITIES, RunRequest
from netpulse_core.model.schedule import Fold, Gap, Misfire, Overlap, Schedule
from netpulse_core.timing import cron, due
from netpulse_core.timing.words import instant, seconds

KEYS = (
    "runbook", "target", "parameters", "cron", "every", "at", "timezone", "priority", "deadline", "description",
    "enabled", "role", "jitter", "start_within", "misfire", "overlap", "gap", "fold", "confirm",
)  # fmt: skip
WHEN = ("cron", "every", "at")
CHOICES: Mapping[str, type[StrEnum]] = {"misfire": Misfire, "overlap": Overlap, "gap": Gap, "fold": Fold}
LONGEST_INTERVAL = 366 * 86_400.0
LONGEST_JITTER = 86_400.0
_LOOKED_AT = 60
"""Due times of cron that jitter is compared with."""
_A_SUNDAY = 1_704_585_600.0
"""2024-01-07, where they begin: the walk is the same every time."""


def problems(said: Teller, data: Any) -> Iterator[Notice]:
    """Yield all that is wrong with a schedule by itself."""
    if not isinstance(data, dict):
        hint = "a schedule has a `runbook:`, a `target:` and a `cron:`, `every:` or `at:`"
        yield said.error((), "not a mapping of keys", hint)
        return
    for key in data:
        if key not in KEYS:
            yield said.error((key,), f"unknown key{did_you_mean(str(key), KEYS)}", f"known are {', '.join(KEYS)}")
    yield from _request(said, data)
    yield from _when(said, data)
    yield from _policies(said, data)


def schedule(name: str, data: dict[str, Any]) -> Schedule:
    """Return the schedule that keys without a problem say."""
    request = RunRequest(
        runbook=data["runbook"],
        target=data["target"],
        parameters=data.get("parameters") or {},
        priority=data.get("priority", DEFAULT_PRIORITY),
        deadline=seconds(data.get("deadline", DEFAULT_DEADLINE)) or DEFAULT_DEADLINE,
        confirm=data.get("confirm"),
    )
    return Schedule(
        name=name,
        request=request,
        cron=data.get("cron"),
        every=seconds(data.get("every")),
        at=instant(data.get("at")),
        timezone=data.get("timezone", "UTC"),
        sentence=data.get("description", ""),
        enabled=data.get("enabled", True),
        role=data.get("role", ""),
        jitter=seconds(data.get("jitter")) or 0.0,
        start_within=seconds(data.get("start_within")),
        misfire=Misfire(data["misfire"]) if "misfire" in data else None,
        overlap=Overlap(data.get("overlap", Overlap.SKIP)),
        gap=Gap(data["gap"]) if "gap" in data else None,
        fold=Fold(data["fold"]) if "fold" in data else None,
    )


def worded(error: NetPulseError) -> tuple[str, str]:
    """Return an error's words without the name of what is wrong, which the notice's key says already."""
    told = getattr(error, "problems", ())
    return "; ".join(told) or str(error), error.hint


def _request(said: Teller, data: dict[Any, Any]) -> Iterator[Notice]:
    for key in ("runbook", "target"):
        if key not in data:
            yield said.error((), f"`{key}` is missing", "a schedule says which runbook, and on which devices")
    yield from _texts(said, data, "runbook", "target", "description", "role")
    if isinstance(data.get("target"), str):
        yield from _told(said, "target", lambda: targets.parse(data["target"]))
    parameters = data.get("parameters")
    if parameters is not None and not isinstance(parameters, dict):
        yield said.error(("parameters",), "not a mapping of names to values")
    else:
        yield from not_json(said, ("parameters",), parameters)
    priority = data.get("priority", DEFAULT_PRIORITY)
    if type(priority) is not int or priority not in PRIORITIES:
        yield said.error(("priority",), f"{priority!r} is not a number from {PRIORITIES[0]} to {PRIORITIES[-1]}")
    confirm = data.get("confirm")
    if "confirm" in data and (type(confirm) is not int or confirm < 1):
        yield said.error(("confirm",), f"{confirm!r} is no number of devices", "the most that the target may mean")
    yield from _duration(said, data, "deadline", 1, LONGEST_DEADLINE)
    if not isinstance(data.get("enabled", True), bool):
        yield said.error(("enabled",), f"{data['enabled']!r} is neither true nor false")


def _when(said: Teller, data: dict[Any, Any]) -> Iterator[Notice]:
    given = [key for key in WHEN if key in data]
    if len(given) != 1:
        both = f"both {' and '.join(f'`{key}`' for key in given)} say when"
        problem = both if given else "none of `cron`, `every` and `at` says when"
        yield said.error(tuple(given[-1:]), problem, "write exactly one of them")
    yield from _duration(said, data, "every", 1, LONGEST_INTERVAL)
    yield from _texts(said, data, "cron", "timezone")
    if isinstance(data.get("cron"), str):
        yield from _told(said, "cron", lambda: cron.parse(data["cron"]))
    if isinstance(data.get("timezone"), str):
        yield from _told(said, "timezone", lambda: zone(data["timezone"]))
    if "at" in data and instant(data["at"]) is None:
        hint = "write a date that exists, a time and its zone: 2027-01-31T02:00:00+01:00, or with Z for UTC"
        yield said.error(("at",), f"{str(data['at'])!r} is no instant", hint)


def _policies(said: Teller, data: dict[Any, Any]) -> Iterator[Notice]:
    for key, kind in CHOICES.items():
        if key in data and data[key] not in [*kind]:
            known = [each.value for each in kind]
            guess = did_you_mean(str(data[key]), known)
            yield said.error((key,), f"{data[key]!r} is none of {', '.join(known)}{guess}")
        if key in ("gap", "fold") and key in data and "cron" not in data:
            yield said.error((key,), "only `cron` follows a clock that is set forward and back")
    yield from _duration(said, data, "start_within", 1, LONGEST_INTERVAL)
    broken = [*_duration(said, data, "jitter", 0, LONGEST_JITTER)]
    yield from broken
    apart = None if broken or not seconds(data.get("jitter")) else _apart(data)
    if apart is not None and (seconds(data["jitter"]) or 0) >= apart:
        problem = f"{data['jitter']!r} is not less than the {apart:g} seconds between two due times"
        yield said.error(("jitter",), problem, "a fire must not come after the next one")


def _apart(data: dict[Any, Any]) -> float | None:
    """Return the least seconds between two due times; None where there is no second one, or nobody can know."""
    if "every" in data:
        return seconds(data["every"])
    try:
        probe = Schedule(name="", request=RunRequest(runbook="", target=""), cron=data["cron"])
        dues = due.upcoming(probe, 0.0, _A_SUNDAY, _LOOKED_AT)
    except (NetPulseError, KeyError, AttributeError, TypeError):  # told already, where it is wrong
        return None
    return min((later - earlier for earlier, later in pairwise(dues)), default=None)


def _texts(said: Teller, data: dict[Any, Any], *keys: str) -> Iterator[Notice]:
    for key in keys:
        if key in data and not isinstance(data[key], str):
            yield said.error((key,), f"{data[key]!r} is not a text", "put it in quotes")


def _duration(said: Teller, data: dict[Any, Any], key: str, least: float, longest: float) -> Iterator[Notice]:
    if key not in data:
        return
    value = seconds(data[key])
    if value is None:
        yield said.error((key,), f"{data[key]!r} is not a duration", "write seconds, or such as 15m, 1h30m, 1d")
    elif not least <= value <= longest:
        bounds = f"{least:g} second{'' if least == 1 else 's'} and {longest / 86_400:g} days"
        yield said.error((key,), f"{data[key]!r} is not within {bounds}")


def _told(said: Teller, key: str, question: Callable[[], object]) -> Iterator[Notice]:
    try:
        question()
    except NetPulseError as error:
        yield said.error((key,), *worded(error))
