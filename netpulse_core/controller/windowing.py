"""Maintenance windows as one process of a site reads them: into books for the ledger, and into answers for people."""

import logging
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

from netpulse_core.errors import NetPulseError, ServiceError
from netpulse_core.inventory import windows as files
from netpulse_core.inventory.site import Site
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.windows import Book
from netpulse_core.model.device import Device
from netpulse_core.model.run import NewRun
from netpulse_core.model.runbook import Runbook
from netpulse_core.model.window import Bound, Opening, Stretch, Window, WindowState, at, together

log = logging.getLogger(__name__)

DAY = 86_400.0
PERIOD = 7 * DAY
"""Seconds after which nodes write another book: one that is written never changes."""

BEFORE, AHEAD = 2 * DAY, 45 * DAY
"""What a book holds before its period and after it; the longest deadline of a run is 30 days."""

YEAR = 400 * DAY
"""How far is looked for when a window opens next."""

ENOUGH = 10
"""Jobs whose recorded durations say more than the timeout of their runbook."""

REMEMBERED = 60.0
"""Seconds that such durations are believed before they are asked for again."""


_Names = Sequence[Sequence[Bound]]
"""What binds a device, by each of its names."""

_Key = tuple[tuple[tuple[str, str, str], ...], ...]
"""What two devices have in common that the same windows bind in the same time zones."""


class Windowing:
    """The windows of a site, read again whenever its files change."""

    def __init__(self, site: Site, ledger: Ledger) -> None:
        self._site = site
        self._ledger = ledger
        self._followed = files.followed(site.path)
        self._files = self._followed.known
        self._now = files.of_contents(site, self._files)
        self._looking = threading.Lock()
        self._told = ""
        self._lines: dict[tuple[float, str, _Key], Sequence[Stretch]] = {}
        self._durations: dict[str, tuple[float, list[tuple[str, float]]]] = {}

    def current(self) -> files.Windows:
        """Return the windows as the files say now; one that cannot be read leaves all as they were.

        One whose file is away binds until two looks agree that it is gone: nothing may begin in between.
        """
        with self._looking:
            try:
                found = self._followed.look()
                if found != self._files:
                    self._files = found
                    self._now = files.of_contents(self._site, found)
                    log.info("read %d maintenance windows", len(self._now.windows))
            except NetPulseError as error:
                if str(error) != self._told:  # told once
                    log.error("maintenance windows stay as they were read before: %s", error)
                self._told = str(error)
            else:
                self._told = ""
            return self._now

    def book(self) -> str | None:
        """Return the book that is to be in force now, written if it was not; None where the site has no window."""
        windows = self.current()
        if not windows.windows:
            return None
        period = int(self._ledger.database.now() // PERIOD)
        book = f"{windows.digest}-{period}"
        if not self._ledger.windows.has(book):
            self._ledger.windows.write(self._book(book, windows, period * PERIOD))
        return book

    def read(self, node: str) -> None:
        """Have a node's claims and changes be judged by the windows as they are now."""
        self._ledger.windows.read_by(node, self.book())

    def notes(self, new: NewRun) -> tuple[str, ...]:
        """Return what whoever asks for a run should know: which windows it waits for, or passes.

        Nothing is raised: the run is recorded, and whoever heard otherwise would ask for it a second time.
        """
        if new.override_window is not None:
            return (f"maintenance windows and blackouts are overridden: {new.override_window}",)
        try:
            found = self._ledger.windows.of_run(new.id)
            late = self._late(new) if found else 0
        except ServiceError:
            return ()
        waits = [f"{number} of {len(new.devices)} devices wait: {words}" for words, number in found]
        more = f"{late} of them may be changed only after the run's deadline: ask with a longer one" if late else ""
        return (*waits, *([more] if more else []))

    def openings(self, devices: Iterable[Device]) -> list[Opening]:
        """Return when changes may begin on these devices, by the files as this process reads them."""
        windows, now = self.current(), self._ledger.database.now()
        found: list[Opening] = []
        alike: dict[_Key, Opening] = {}
        for device in devices:
            names = windows.boxes.get(device.key, ())
            key = _key(names)
            if key not in alike:
                alike[key] = self._opening(windows.digest, key, names, now)
            found.append(replace(alike[key], device=device.name))
        return found

    def closed_at(self, device: Device, instant: float) -> str:
        """Return why changes could not begin on a device at an instant, by the files as they are now; empty is open."""
        names = self.current().boxes.get(device.key, ())
        here = at(together(names, instant - DAY, instant + YEAR), instant) if names else None
        return "" if here is None or here.open else here.words

    def states(self, devices: Iterable[Device]) -> list[WindowState]:
        """Return the windows by name with those of these devices that each binds."""
        openings = self.openings(devices)
        return [_state(window, openings) for window in self.current().windows]

    def agreed(self) -> bool:
        """Whether every living worker reads the windows that this process does."""
        digest = self.current().digest
        return all(book.rpartition("-")[0] == digest for book in self._ledger.windows.in_force())

    def expected(self, runbook: Runbook, devices: Sequence[Device]) -> dict[str, float]:
        """Return how many seconds a change is expected to take on each device.

        The 95th percentile of how long the runbook's latest changes took on that platform, or where these are too few,
        on any; where all are too few, its timeout. No job takes longer than that.
        """
        if not runbook.changes:
            return {}
        taken = self._taken(runbook.name)
        known = {name: device.platform for name, device in self._site.devices.items()}
        by_platform: dict[str | None, list[float]] = {}
        for name, seconds in taken:
            by_platform.setdefault(known.get(name), []).append(seconds)
        overall = _percentile([seconds for _, seconds in taken], runbook.timeout)
        expected = {platform: _percentile(found, overall) for platform, found in by_platform.items()}
        return {device.name: min(expected.get(device.platform, overall), runbook.timeout) for device in devices}

    def _taken(self, runbook: str) -> list[tuple[str, float]]:
        asked, taken = self._durations.get(runbook, (float("-inf"), []))
        if time.monotonic() - asked > REMEMBERED:
            asked, taken = time.monotonic(), self._ledger.windows.durations(runbook)
            self._durations[runbook] = asked, taken
        return taken

    def _late(self, new: NewRun) -> int:
        until = self._ledger.database.now() + new.deadline
        names = [self._site.devices[name] for name, _ in new.devices if name in self._site.devices]
        found = self.openings(names)
        return sum(not one.open and (one.opens_at is None or one.opens_at >= until) for one in found)

    def _opening(self, digest: str, key: _Key, names: _Names, now: float) -> Opening:
        windows = tuple(dict.fromkeys(one.window.name for bound in names for one in bound))
        if not windows:
            return Opening(device="", open=True, windows=(), words="", closes_at=None, opens_at=None)
        day = now // DAY * DAY
        line = self._lines.get((day, digest, key))
        if line is None:
            line = together(names, day - DAY, day + YEAR)
            today = {of: each for of, each in self._lines.items() if of[:2] == (day, digest)}
            self._lines = today | {(day, digest, key): line}  # another thread may be reading the ones before
        here = at(line, now)
        assert here is not None
        later = next((one.begins for one in line if one.open and one.begins > now), None)
        ends = here.ends if here.open and here is not line[-1] else None
        return Opening(device="", open=here.open, windows=windows, words=here.words, closes_at=ends, opens_at=later)

    def _book(self, name: str, windows: files.Windows, begins: float) -> Book:
        start, end = begins - BEFORE, begins + PERIOD + AHEAD
        lines: list[Sequence[Stretch]] = []
        numbers: dict[_Key, int] = {}
        devices: dict[tuple[str, bool], int] = {}
        for key, names in windows.boxes.items():
            for reads, binding in ((False, names), (True, _of_reads(names))):
                if not binding:
                    continue
                if (what := _key(binding)) not in numbers:
                    numbers[what] = len(lines)
                    lines.append(_until(together(binding, start, begins + YEAR), end))
                devices[key, reads] = numbers[what]
        return Book(id=name, calendars=lines, devices=devices)


def _state(window: Window, openings: Sequence[Opening]) -> WindowState:
    bound = tuple(one for one in openings if window.name in one.windows)
    return WindowState(
        name=window.name,
        kind=window.kind,
        target=window.target,
        timezone=window.timezone,
        reason=window.reason,
        reads=window.reads,
        when=tuple(str(one) for one in window.hours),
        devices=len(bound),
        open=sum(one.open for one in bound),
        openings=bound,
    )


def _key(names: _Names) -> _Key:
    return tuple(tuple((one.window.name, str(one.zone), one.trouble) for one in bound) for bound in names)


def _of_reads(names: _Names) -> _Names:
    """Return what binds also what only reads; a name that nothing then binds is open at any time."""
    found = [tuple(one for one in bound if one.window.reads) for bound in names]
    return [bound for bound in found if bound]


def _until(line: Sequence[Stretch], end: float) -> list[Stretch]:
    return [replace(one, ends=min(one.ends, end)) for one in line if one.begins < end]


def _percentile(found: Sequence[float], otherwise: float) -> float:
    """Return the 95th percentile by nearest rank, or the other figure where these are too few."""
    if len(found) < ENOUGH:
        return otherwise
    return sorted(found)[-(-len(found) * 95 // 100) - 1]
