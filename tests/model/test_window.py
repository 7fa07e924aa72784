"""The mathematics of windows: walls, zones, the hours that are skipped and that come twice, what binds a device."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from netpulse_core.model.clocks import moment
from netpulse_core.model.window import Bound, Hours, Kind, Once, Stretch, Window, at, times, together

BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
"""Sets its clocks by half an hour."""

HOUR, DAY = 3600.0, 86_400.0
FORWARD, BACK = date(2026, 3, 29), date(2026, 10, 25)
"""When clocks in Berlin are set at 02:00 and at 03:00."""


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def window(begins: str, ends: str, *, kind: Kind = Kind.WINDOW, name: str = "w", **said: object) -> Window:
    def minutes(text: str) -> int:
        return int(text[:2]) * 60 + int(text[3:])

    hours = Hours(begins=minutes(begins), ends=minutes(ends), **said)  # type: ignore[arg-type]
    return Window(name=name, target="*", kind=kind, hours=(hours,))


def on(what: Window, day: date, zone: ZoneInfo = BERLIN) -> list[tuple[str, float]]:
    """Return when a window is on that begins on a day: in UTC, and for how many hours."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() - DAY
    hours = [replace(one, dates=((day, day),)) for one in what.hours if isinstance(one, Hours)]
    found = times(Window(name="w", target="*", kind=what.kind, hours=tuple(hours)), zone, start, start + 4 * DAY)
    return [(f"{datetime.fromtimestamp(begins, UTC):%d %H:%M}", (ends - begins) / HOUR) for begins, ends in found]


@pytest.mark.parametrize(
    ("begins", "ends", "day", "found"),
    [
        ("22:00", "04:00", date(2026, 6, 1), [("01 20:00", 6.0)]),
        ("22:00", "04:00", FORWARD - timedelta(days=1), [("28 21:00", 5.0)]),
        ("22:00", "04:00", BACK - timedelta(days=1), [("24 20:00", 7.0)]),
        ("01:00", "02:30", FORWARD, [("29 00:00", 1.0)]),
        ("02:30", "04:00", FORWARD, [("29 01:00", 1.0)]),
        ("02:10", "02:50", FORWARD, []),
        ("01:00", "02:30", BACK, [("24 23:00", 1.5)]),
        ("02:30", "04:00", BACK, [("25 00:30", 2.5)]),
        ("02:10", "02:50", BACK, [("25 00:10", 40 / 60)]),
    ],
)
def test_a_window_across_the_hour_that_is_skipped_is_shorter_and_across_the_one_that_comes_twice_longer(
    begins: str, ends: str, day: date, found: list[tuple[str, float]]
) -> None:
    assert on(window(begins, ends), day) == found


def test_a_blackout_ends_when_a_time_comes_the_second_time() -> None:
    assert on(window("01:00", "02:30", kind=Kind.BLACKOUT), BACK) == [("24 23:00", 2.5)]
    assert on(window("01:00", "02:00", kind=Kind.BLACKOUT), BACK) == [("24 23:00", 2.0)]


def test_whole_days_are_as_long_as_they_are() -> None:
    assert on(window("00:00", "24:00"), FORWARD) == [("28 23:00", 23.0)]
    assert on(window("00:00", "24:00"), BACK) == [("24 22:00", 25.0)]


def test_clocks_set_by_half_an_hour() -> None:
    assert on(window("01:00", "03:00"), date(2026, 10, 4), LORD_HOWE) == [("03 14:30", 1.5)]
    assert on(window("01:00", "03:00"), date(2026, 4, 5), LORD_HOWE) == [("04 14:00", 2.5)]


def test_stretches_that_touch_are_one_and_a_blackout_cuts_out_of_them() -> None:
    evening, night = window("20:00", "23:00", name="evening"), window("23:00", "02:00", name="night")
    audit = Once(begins=datetime(2026, 6, 2, 22), ends=datetime(2026, 6, 2, 22, 30))
    stop = Window(name="stop", target="*", kind=Kind.BLACKOUT, reason="audit", hours=(audit,))
    bound = [Bound(window=one, zone=UTC) for one in (evening, night, stop)]
    line = together([bound], utc("2026-06-01"), utc("2026-06-04"))
    opened = [
        (f"{datetime.fromtimestamp(one.begins, UTC):%d %H:%M}", (one.ends - one.begins) / HOUR)
        for one in line
        if one.open
    ]
    assert opened == [("01 00:00", 2.0), ("01 20:00", 6.0), ("02 20:00", 2.0), ("02 22:30", 3.5), ("03 20:00", 4.0)]
    closed = at(line, utc("2026-06-02T22:10"))
    assert closed is not None
    assert closed.words == "blackout stop (audit); nothing begins before 2026-06-02 22:30 UTC"
    day = at(line, utc("2026-06-02T12:00"))
    assert day is not None
    assert day.words == "outside its maintenance window evening, night; the next opens 2026-06-02 20:00 UTC"


def test_a_blackout_alone_leaves_every_other_time_open() -> None:
    line = together([[Bound(window=window("10:00", "12:00", kind=Kind.BLACKOUT), zone=UTC)]], 0.0, DAY)
    assert [(one.begins / HOUR, one.ends / HOUR, one.open) for one in line] == [
        (0.0, 10.0, True), (10.0, 12.0, False), (12.0, 24.0, True)
    ]  # fmt: skip


def test_what_nobody_can_know_is_closed() -> None:
    bound = [
        Bound(window=window("00:00", "24:00"), zone=UTC),
        Bound(window=window("00:00", "24:00"), zone=None, trouble="?"),
    ]
    assert together([bound], 0.0, DAY) == [Stretch(begins=0.0, ends=DAY, open=False)]


MINUTES = some.integers(0, 24 * 60 - 1)
ZONES = some.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Auckland", "Asia/Kolkata"]
)


@settings(max_examples=60, deadline=None)
@given(
    begins=MINUTES,
    length=some.integers(1, 24 * 60),
    days=some.sets(some.integers(0, 6)),
    name=ZONES,
    day=some.integers(0, 3000),
)
def test_where_clocks_are_not_set_a_window_is_on_exactly_when_the_wall_says_so(
    begins: int, length: int, days: set[int], name: str, day: int
) -> None:
    zone, start = ZoneInfo(name), utc("2024-01-01") + day * DAY
    if len({datetime.fromtimestamp(start + hours * HOUR, zone).utcoffset() for hours in range(-96, 96)}) > 1:
        return
    hours = Hours(days=frozenset(days), begins=begins, ends=(begins + length) % 1440 or 1440)
    found = times(Window(name="w", target="*", hours=(hours,)), zone, start, start + 2 * DAY)
    for minute in range(0, 2 * 1440, 7):
        instant = start + minute * 60
        wall = datetime.fromtimestamp(instant, zone)
        since = wall.hour * 60 + wall.minute
        today = since >= begins and since < begins + length and hours.on(wall.date())
        yesterday = since + 1440 < begins + length and hours.on(wall.date() - timedelta(days=1))
        assert any(one <= instant < end for one, end in found) == (today or yesterday)


@settings(max_examples=60, deadline=None)
@given(
    walls=some.lists(some.tuples(MINUTES, MINUTES, some.booleans()), min_size=1, max_size=4),
    name=ZONES,
    day=some.integers(0, 3000),
)
def test_stretches_leave_no_gap_change_at_every_edge_and_no_blackout_is_open(
    walls: list[tuple[int, int, bool]], name: str, day: int
) -> None:
    zone, start = ZoneInfo(name), utc("2024-01-01") + day * DAY
    bound = [
        Bound(
            window=Window(
                name=f"w{number}",
                target="*",
                kind=Kind.BLACKOUT if stops else Kind.WINDOW,
                hours=(Hours(begins=begins, ends=ends),),
            ),
            zone=zone,
        )
        for number, (begins, ends, stops) in enumerate(walls)
    ]
    line = together([bound], start, start + 5 * DAY)
    assert (line[0].begins, line[-1].ends) == (start, start + 5 * DAY)
    for one, two in pairwise(line):
        assert one.ends == two.begins
        assert (one.open, one.words) != (two.open, two.words)
    blackouts = [times(one.window, zone, start, start + 5 * DAY) for one in bound if one.window.blackout]
    for one in line:
        middle = (one.begins + one.ends) / 2
        stopped = any(since <= middle < until for on in blackouts for since, until in on)
        assert not (stopped and one.open)


@given(wall=some.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1)), name=ZONES)
def test_the_first_coming_of_a_wall_is_never_after_its_last(wall: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    assert moment(wall, zone) <= moment(wall, zone, last=True)
