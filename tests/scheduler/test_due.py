"""When schedules are due: in plain words, and against a walker that looks at every minute."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netpulse_core.errors import InvalidParameters
from netpulse_core.model.run import RunRequest
from netpulse_core.model.schedule import Fold, Gap, Schedule
from netpulse_core.timing.due import latest_due, next_due, upcoming
from tests.scheduler.walker import walk

REQUEST = RunRequest(runbook="send_commands", target="*")
NEW_YORK, BERLIN, LORD_HOWE = "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"
CHANGES = {
    NEW_YORK: ("2026-03-08T07:00Z", "2026-11-01T06:00Z"),
    BERLIN: ("2026-03-29T01:00Z", "2026-10-25T01:00Z"),
    LORD_HOWE: ("2026-10-03T15:30Z", "2026-04-04T15:00Z"),  # by half an hour
}
YEAR = 365 * 86_400


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def cron(expression: str, timezone: str = "UTC") -> Schedule:
    return Schedule(name="one", request=REQUEST, cron=expression, timezone=timezone)


def every(seconds: float) -> Schedule:
    return Schedule(name="one", request=REQUEST, every=seconds)


def written(dues: list[float]) -> list[str]:
    return [datetime.fromtimestamp(due, UTC).strftime("%m-%dT%H:%M") for due in dues]


@pytest.mark.parametrize(
    ("expression", "timezone", "after", "expected"),
    [
        # Sunday is 0 and 7; 2026-01-04 is one
        ("0 0 * * 0", "UTC", "2026-01-01T00:00Z", ["01-04T00:00", "01-11T00:00"]),
        ("0 0 * * 7", "UTC", "2026-01-01T00:00Z", ["01-04T00:00", "01-11T00:00"]),
        ("0 0 * * 1", "UTC", "2026-01-01T00:00Z", ["01-05T00:00", "01-12T00:00"]),
        ("0 0 * * 5-7", "UTC", "2026-01-01T00:00Z", ["01-02T00:00", "01-03T00:00", "01-04T00:00", "01-09T00:00"]),
        ("0 0 * * Fri-Sun", "UTC", "2026-01-01T00:00Z", ["01-02T00:00", "01-03T00:00", "01-04T00:00", "01-09T00:00"]),
        ("0 0 * * */3", "UTC", "2026-01-01T00:00Z", ["01-03T00:00", "01-04T00:00", "01-07T00:00"]),
        ("@daily", "UTC", "2026-01-01T00:00Z", ["01-02T00:00", "01-03T00:00"]),
        ("@hourly", "UTC", "2026-01-01T00:00Z", ["01-01T01:00", "01-01T02:00"]),
        ("@weekly", "UTC", "2026-01-01T00:00Z", ["01-04T00:00", "01-11T00:00"]),
        ("@monthly", "UTC", "2026-01-01T00:00Z", ["02-01T00:00", "03-01T00:00"]),
        ("@Yearly", "UTC", "2025-01-01T00:00Z", ["01-01T00:00", "01-01T00:00"]),
        # both day fields: either is enough; a star in one, even with a step: both must match
        ("0 0 13 * fri", "UTC", "2026-01-01T00:00Z", ["01-02T00:00", "01-09T00:00", "01-13T00:00", "01-16T00:00"]),
        ("0 0 */2 * mon", "UTC", "2026-01-01T00:00Z", ["01-05T00:00", "01-19T00:00", "02-09T00:00"]),
        ("0 0 31 2 mon", "UTC", "2026-01-01T00:00Z", ["02-02T00:00", "02-09T00:00"]),
        ("0 0 29 2 *", "UTC", "2026-01-01T00:00Z", ["02-29T00:00", "02-29T00:00"]),
        # the last day of a month, and weekdays of a month by their number; 2026-01-02 is a Friday
        ("0 0 L * *", "UTC", "2026-01-01T00:00Z", ["01-31T00:00", "02-28T00:00", "03-31T00:00", "04-30T00:00"]),
        ("0 0 L 2 *", "UTC", "2026-01-01T00:00Z", ["02-28T00:00", "02-28T00:00", "02-29T00:00"]),
        ("0 0 15,l * *", "UTC", "2026-01-01T00:00Z", ["01-15T00:00", "01-31T00:00", "02-15T00:00"]),
        ("0 0 * * fri#2", "UTC", "2026-01-01T00:00Z", ["01-09T00:00", "02-13T00:00", "03-13T00:00"]),
        ("0 0 * * friL", "UTC", "2026-01-01T00:00Z", ["01-30T00:00", "02-27T00:00", "03-27T00:00"]),
        ("0 0 * * 7#1", "UTC", "2026-01-01T00:00Z", ["01-04T00:00", "02-01T00:00", "03-01T00:00"]),
        ("0 0 * * mon,fri#1", "UTC", "2026-01-01T00:00Z", ["01-02T00:00", "01-05T00:00", "01-12T00:00"]),
        ("0 0 * * fri#5", "UTC", "2026-01-01T00:00Z", ["01-30T00:00", "05-29T00:00", "07-31T00:00"]),
        ("0 0 1,15 * friL", "UTC", "2026-01-01T12:00Z", ["01-15T00:00", "01-30T00:00", "02-01T00:00"]),
        ("0 0 L * fri", "UTC", "2026-01-28T00:00Z", ["01-30T00:00", "01-31T00:00", "02-06T00:00"]),
        ("0 0 31 2 friL", "UTC", "2026-01-01T00:00Z", ["02-27T00:00", "02-26T00:00"]),
        # strictly after, whatever the fraction of a second
        ("0 2 * * *", "UTC", "2026-01-01T02:00Z", ["01-02T02:00"]),
        ("0 2 * * *", "UTC", "2026-01-01T01:59:59.999Z", ["01-01T02:00", "01-02T02:00"]),
        # a skipped hour: a named time is due when the clock is set, once; "how often" goes on by the clock
        ("30 2 * * *", NEW_YORK, "2026-03-07T12:00Z", ["03-08T07:00", "03-09T06:30"]),
        ("0,30 2,3 * * *", NEW_YORK, "2026-03-08T05:00Z", ["03-08T07:00", "03-08T07:30", "03-09T06:00"]),
        ("*/30 1-3 * * *", NEW_YORK, "2026-03-08T05:45Z", ["03-08T06:00", "03-08T06:30", "03-08T07:00", "03-08T07:30"]),
        ("30 * * * *", BERLIN, "2026-03-29T00:00Z", ["03-29T00:30", "03-29T01:30"]),
        ("10 2 * * *", LORD_HOWE, "2026-10-03T12:00Z", ["10-03T15:30", "10-04T15:10"]),
        # an hour that comes twice: a named time is due once; "how often" is due both times
        ("30 1 * * *", NEW_YORK, "2026-10-31T12:00Z", ["11-01T05:30", "11-02T06:30"]),
        ("30 1 * * *", NEW_YORK, "2026-11-01T06:10Z", ["11-02T06:30"]),
        ("*/30 1 * * *", NEW_YORK, "2026-11-01T04:00Z", ["11-01T05:00", "11-01T05:30", "11-01T06:00", "11-01T06:30"]),
        ("*/30 1 1 11 *", NEW_YORK, "2026-11-01T05:45Z", ["11-01T06:00", "11-01T06:30", "11-01T05:00"]),
        ("45 1 * * *", LORD_HOWE, "2026-04-04T00:00Z", ["04-04T14:45", "04-05T15:15"]),
    ],
)
def test_cron_as_cron_means_it(expression: str, timezone: str, after: str, expected: list[str]) -> None:
    schedule = cron(expression, timezone)
    assert written(upcoming(schedule, 0.0, at(after), len(expected))) == expected


@pytest.mark.parametrize(
    ("expression", "policies", "after", "expected"),
    [
        ("30 2 * * *", {"gap": Gap.SKIP}, "2026-03-28T12:00Z", ["03-30T00:30"]),
        ("30 2 * * *", {"gap": Gap.RUN}, "2026-03-28T12:00Z", ["03-29T01:00", "03-30T00:30"]),
        ("0,30 2,3 * * *", {"gap": Gap.SKIP}, "2026-03-28T12:00Z", ["03-29T01:00", "03-29T01:30"]),
        ("*/30 2 * * *", {"gap": Gap.RUN}, "2026-03-28T12:00Z", ["03-29T01:00", "03-30T00:00", "03-30T00:30"]),
        ("30 2 * * *", {"fold": Fold.SECOND}, "2026-10-24T12:00Z", ["10-25T01:30", "10-26T01:30"]),
        ("30 2 * * *", {"fold": Fold.BOTH}, "2026-10-24T12:00Z", ["10-25T00:30", "10-25T01:30", "10-26T01:30"]),
        ("30 2 * * *", {"fold": Fold.SECOND}, "2026-10-25T00:45Z", ["10-25T01:30", "10-26T01:30"]),
        ("*/30 2 * * *", {"fold": Fold.FIRST}, "2026-10-24T12:00Z", ["10-25T00:00", "10-25T00:30", "10-26T01:00"]),
        ("*/30 2 * * *", {"fold": Fold.SECOND}, "2026-10-24T12:00Z", ["10-25T01:00", "10-25T01:30", "10-26T01:00"]),
    ],
)
def test_a_schedule_may_say_otherwise_where_clocks_are_set(
    expression: str, policies: dict[str, Any], after: str, expected: list[str]
) -> None:
    schedule = replace(cron(expression, BERLIN), **policies)
    assert written(upcoming(schedule, 0.0, at(after), len(expected))) == expected


@pytest.mark.parametrize("gap", list(Gap))
@pytest.mark.parametrize("fold", list(Fold))
def test_every_second_agrees_on_what_is_next_under_every_policy(gap: Gap, fold: Fold) -> None:
    for zone in (BERLIN, LORD_HOWE):
        schedule = replace(cron("*/20 1-3 * * *", zone), gap=gap, fold=fold)
        for change in map(at, CHANGES[zone]):
            dues = upcoming(schedule, 0.0, change - 2 * 86_400, 60)
            assert dues == sorted(set(dues))
            for after in range(int(change) - 5400, int(change) + 5400, 307):
                assert next_due(schedule, 0.0, after) == next(due for due in dues if due > after)


def fields() -> st.SearchStrategy[str]:
    return st.tuples(
        st.sampled_from(["*", "*/15", "*/7", "0", "30", "0,30", "15-45/10", "59"]),
        st.sampled_from(["*", "*/2", "*/6", "0", "1", "2", "3", "1-3", "2,3", "22-23"]),
        st.sampled_from(["*", "*", "*/2", "1", "8", "29", "1-7", "31"]),
        st.sampled_from(["*", "*", "*", "1,3,10", "3-4", "nov", "oct-dec", "*/5"]),
        st.sampled_from(["*", "*", "0", "7", "mon", "1-5", "sun,sat", "5-7", "*/2"]),
    ).map(" ".join)


@st.composite
def moments(draw: st.DrawFn) -> tuple[str, float]:
    """A zone and a moment of 2026, more often than not near a change of its clocks."""
    zone = draw(st.sampled_from(sorted(CHANGES)))
    if draw(st.integers(0, 2)):
        change = at(draw(st.sampled_from(CHANGES[zone])))
        return zone, change + draw(st.integers(-3 * 3600, 3 * 3600))
    return zone, at("2026-01-01T00:00Z") + draw(st.integers(0, YEAR))


@pytest.mark.thorough
@settings(max_examples=60, deadline=None)
@given(fields(), moments())
def test_a_walker_through_every_minute_of_a_year_finds_the_same(expression: str, moment: tuple[str, float]) -> None:
    zone, after = moment
    walked = list(islice(walk(expression, zone, after, after + YEAR), 12))
    try:
        dues = upcoming(cron(expression, zone), 0.0, after, 12)
    except InvalidParameters:  # such as the 31st of November
        dues = []
    assert [due for due in dues if due <= after + YEAR] == walked
    assert all(first < second for first, second in pairwise(dues))


@pytest.mark.thorough
@pytest.mark.parametrize("zone", sorted(CHANGES))
@pytest.mark.parametrize("expression", ["17 2 * * *", "*/10 * * * *", "0 1-3 * * sun"])
def test_every_second_around_a_change_agrees_on_what_is_next(zone: str, expression: str) -> None:
    schedule = cron(expression, zone)
    for change in map(at, CHANGES[zone]):
        dues = upcoming(schedule, 0.0, change - 8 * 86_400, 3000)
        for after in range(int(change) - 5400, int(change) + 5400, 211):
            assert next_due(schedule, 0.0, after) == next(due for due in dues if due > after)


def test_an_interval_is_counted_from_its_anchor() -> None:
    anchor = 1_790_000_000.123
    assert upcoming(every(900), anchor, anchor, 3) == [anchor + 900, anchor + 1800, anchor + 2700]
    assert next_due(every(900), anchor, anchor - 5000) == anchor + 900
    assert next_due(every(900), anchor, anchor + 900 * 1e6 + 1) == anchor + 900 * (1e6 + 1)


@given(st.floats(1, 1e7), st.floats(1e9, 3e9), st.integers(0, 100_000))
def test_an_interval_never_drifts_and_never_repeats(seconds: float, anchor: float, count: int) -> None:
    last = anchor + count * seconds
    assert next_due(every(seconds), anchor, last) == anchor + (count + 1) * seconds


@settings(max_examples=30, deadline=None)
@given(fields(), moments(), st.floats(0, 4 * 86_400))
def test_the_latest_due_time_is_the_last_of_all_that_came(
    expression: str, moment: tuple[str, float], span: float
) -> None:
    zone, after = moment
    schedule = cron(expression.replace("31", "30"), zone)
    came = list(walk(schedule.cron or "", zone, after, after + span))
    assert latest_due(schedule, 0.0, after, after + span) == (came[-1] if came else None)


def test_the_latest_of_a_year_of_minutes_is_found_at_once() -> None:
    after = at("2026-01-01T00:00Z")
    assert latest_due(cron("* * * * *"), 0.0, after, after + YEAR + 30.5) == after + YEAR
    assert latest_due(every(1), after, after, after + YEAR + 0.5) == after + YEAR
