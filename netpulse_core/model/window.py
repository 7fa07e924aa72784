"""Maintenance windows and blackouts: when a device may be changed, as plain mathematics of time.

Instants are seconds since 1970 UTC, walls are what a clock in the window's time zone shows. Nothing here reads a clock,
and whoever asks brings the time zone.

Where clocks are set forward, a time in the hour that is skipped means the moment they are: a window across it is
shorter than its walls say. Where they are set back, a window across it is longer; a time that comes twice means its
first coming, and only where it ends a blackout its second: whatever is unclear stays closed.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise

from netpulse_core.model.clocks import moment

OWN = "device"
"""The time zone of a window that is in each device's own."""

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WHOLE_DAY = 24 * 60


class Kind(StrEnum):
    """What a file of windows is."""

    WINDOW = "window"
    BLACKOUT = "blackout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Some days, and minutes from midnight on the wall; where `ends` is not after `begins`, it is of the next day."""

    days: frozenset[int] = frozenset()
    """Days of the week they begin on, 0 is Monday; empty is any."""
    dates: tuple[tuple[date, date], ...] = ()
    """First and last dates they begin on; empty is any."""
    begins: int = 0
    ends: int = WHOLE_DAY

    def __str__(self) -> str:
        days = ", ".join(WEEK[day] for day in sorted(self.days))
        dates = ", ".join(f"{first}" if first == last else f"{first}..{last}" for first, last in self.dates)
        hours = "" if (self.begins, self.ends) == (0, WHOLE_DAY) else f"{_clock(self.begins)}-{_clock(self.ends)}"
        return " ".join(part for part in (days, dates, hours) if part) or "every day"

    def on(self, day: date) -> bool:
        """Whether they begin on this day."""
        named = not self.dates or any(first <= day <= last for first, last in self.dates)
        return named and (not self.days or day.weekday() in self.days)

    def walls(self, first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
        """Yield their walls on these days and those between."""
        length = (self.ends - self.begins) % WHOLE_DAY or WHOLE_DAY
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            if self.on(day):
                begins = datetime.combine(day, time()) + timedelta(minutes=self.begins)
                yield begins, begins + timedelta(minutes=length)


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """One stretch from wall to wall."""

    begins: datetime
    ends: datetime

    def __str__(self) -> str:
        return f"{self.begins:%Y-%m-%d %H:%M} to {self.ends:%Y-%m-%d %H:%M}"

    def walls(self, first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
        """Yield it, if it touches these days."""
        if self.begins.date() <= last and first <= self.ends.date():
            yield self.begins, self.ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When devices of a target may be changed, or may not: a blackout."""

    name: str
    target: str
    kind: Kind = Kind.WINDOW
    timezone: str = "UTC"
    reason: str = ""
    reads: bool = False
    """Whether what only reads is held to it too."""
    hours: tuple[Hours | Once, ...] = ()

    @property
    def blackout(self) -> bool:
        """Whether nothing begins in it, rather than outside of it."""
        return self.kind is Kind.BLACKOUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A window as it binds a device; without a `zone`, or a target that is understood, nobody knows when it is open."""

    window: Window
    zone: tzinfo | None
    trouble: str = ""
    """Why nothing may begin, where that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A time in which work may begin, or may not: `words` say why not, or when it closes."""

    begins: float
    ends: float
    open: bool
    words: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Whether changes may begin on a device now, until when, and when they may next; None is not within the year."""

    device: str
    open: bool
    windows: tuple[str, ...]
    """The windows and blackouts that bind it; without any it may be changed at any time."""
    words: str
    closes_at: float | None
    opens_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowState:
    """A window with the devices it binds, and on how many of them changes may begin now."""

    name: str
    kind: Kind
    target: str
    timezone: str
    reason: str
    reads: bool
    when: tuple[str, ...]
    devices: int
    open: int
    openings: tuple[Opening, ...] = ()

    @property
    def blackout(self) -> bool:
        """Whether nothing begins in it."""
        return self.kind is Kind.BLACKOUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """The windows by name; `agreed` is False while a living worker reads other files."""

    windows: tuple[WindowState, ...]
    agreed: bool


Interval = tuple[float, float]


def times(window: Window, zone: tzinfo, start: float, end: float) -> list[Interval]:
    """Return when a window is on between two instants, in order and apart from each other."""
    found: list[Interval] = []
    # Two days more on either side: what began on the day before may still be on, and no zone is a day away from UTC.
    first = datetime.fromtimestamp(start, UTC).date() - timedelta(days=2)
    last = datetime.fromtimestamp(end, UTC).date() + timedelta(days=2)
    for hours in window.hours:
        for begins, ends in hours.walls(first, last):
            since = moment(begins, zone)
            until = moment(ends, zone, last=window.blackout)
            if since < until and until > start and since < end:
                found.append((max(since, start), min(until, end)))
    return _merged(found)


def together(names: Sequence[Sequence[Bound]], start: float, end: float) -> list[Stretch]:
    """Return the stretches of a device, without a gap and in order: it is open where each of its names is."""
    bound = [one for each in names for one in each]
    if trouble := next((one.trouble for one in bound if one.trouble), ""):
        return [Stretch(begins=start, ends=end, open=False, words=trouble)]
    known = [[(one, times(one.window, one.zone, start, end)) for one in each if one.zone is not None] for each in names]
    edges = sorted({start, end} | {edge for each in known for _, on in each for interval in on for edge in interval})
    pieces = [(begins, ends, _stopped_by(known, begins)) for begins, ends in pairwise(edges)]
    return _worded(_joined(pieces), bound)


def at(line: Sequence[Stretch], instant: float) -> Stretch | None:
    """Return the stretch an instant lies in, or None."""
    return next((one for one in line if one.begins <= instant < one.ends), None)


_Stop = tuple[str, ...]
"""Names of what stops work; empty where it may begin."""


def _stopped_by(names: Sequence[Sequence[tuple[Bound, list[Interval]]]], instant: float) -> _Stop:
    blackouts, closed = set[str](), set[str]()
    for known in names:
        on = {one.window.name for one, intervals in known if _within(intervals, instant)}
        dark = {one.window.name for one, _ in known if one.window.blackout}
        windows = {one.window.name for one, _ in known} - dark
        blackouts |= on & dark
        if on.isdisjoint(windows):
            closed |= windows
    return tuple(sorted(blackouts or closed))


def _within(intervals: Sequence[Interval], instant: float) -> bool:
    place = bisect_right(intervals, (instant, float("inf"))) - 1
    return place >= 0 and instant < intervals[place][1]


def _joined(pieces: Sequence[tuple[float, float, _Stop]]) -> list[tuple[float, float, _Stop]]:
    found: list[tuple[float, float, _Stop]] = []
    for begins, ends, stop in pieces:
        if found and found[-1][2] == stop:
            found[-1] = (found[-1][0], ends, stop)
        else:
            found.append((begins, ends, stop))
    return found


def _worded(pieces: Sequence[tuple[float, float, _Stop]], bound: Sequence[Bound]) -> list[Stretch]:
    by_name = {one.window.name: one for one in bound}
    zone = next((one.zone for one in bound if one.zone is not None), UTC)
    found: list[Stretch] = []
    opens: float | None = None
    for number in range(len(pieces) - 1, -1, -1):
        begins, ends, stop = pieces[number]
        last = number == len(pieces) - 1
        next_one = "none opens within the year" if opens is None else f"the next opens {shown(opens, zone)}"
        if stop:
            words = f"{_because([by_name[name].window for name in stop])}; {_again(opens, zone, by_name, stop)}"
        else:
            words = "" if last else f"its maintenance window closes {shown(ends, zone)}; {next_one}"
            opens = begins
        found.append(Stretch(begins=begins, ends=ends, open=not stop, words=words))
    return found[::-1]


def _because(stop: Sequence[Window]) -> str:
    said = ", ".join(f"{one.name} ({one.reason})" if one.reason else one.name for one in stop)
    return f"blackout {said}" if stop[0].blackout else f"outside its maintenance window {said}"


def _again(opens: float | None, zone: tzinfo, by_name: dict[str, Bound], stop: _Stop) -> str:
    if opens is None:
        return "none opens within the year"
    after = by_name[stop[0]].window.blackout
    return f"{'nothing begins before' if after else 'the next opens'} {shown(opens, zone)}"


def shown(instant: float, zone: tzinfo) -> str:
    """Write an instant as a clock in this zone shows it."""
    return f"{datetime.fromtimestamp(instant, zone):%Y-%m-%d %H:%M %Z}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _merged(intervals: list[Interval]) -> list[Interval]:
    found: list[Interval] = []
    for begins, ends in sorted(intervals):
        if found and begins <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        else:
            found.append((begins, ends))
    return found
