"""The schedule files over time: what changed, and what a broken file said before it broke."""

import logging
from collections.abc import Mapping
from pathlib import Path

from netpulse_core.inventory.notice import Notice
from netpulse_core.model.schedule import Schedule
from netpulse_core.timing import entry, files

log = logging.getLogger(__name__)


class Watch:
    """The files of one site; `before` is what their schedules were when they could last be read."""

    def __init__(self, site: Path, before: Mapping[str, Schedule]) -> None:
        self._site = site
        self._schedules = dict(before)
        self._seen: dict[Path, bytes] | None = None
        self._taken: dict[Path, bytes] | None = None
        self._lost = self._came_back = False

    def look(self) -> list[Schedule] | None:
        """Return the schedules where a file changed since the last look; None where none did.

        Where the folder itself is away they all stay as they were, and the log says so once.
        """
        found = files.there(self._site)
        if found is None and self._schedules:
            return self._without_folder()
        self._lost = False
        found = found or {}
        # The first look of a process is believed, but not where its folder was away: what comes back comes in parts.
        settled = found == self._seen or (self._taken is None and not self._came_back)
        self._seen = found
        # A change counts once two looks agree: git removes a file and writes it again, and a schedule that is
        # forgotten in between would lose its anchor.
        if not settled or found == self._taken:
            return None
        self._schedules = self._read(found)
        self._taken = found
        return list(self._schedules.values())

    def _without_folder(self) -> list[Schedule] | None:
        """Keep what was known: a schedule that is forgotten loses its anchor, and its pause."""
        if self._lost:
            return None
        self._lost, self._came_back, self._seen = True, True, None
        log.error("%s", files.lost(self._site))
        return list(self._schedules.values()) if self._taken is None else None

    def _read(self, found: Mapping[Path, bytes]) -> dict[str, Schedule]:
        schedules = {}
        for path, content in found.items():
            read = entry.read(path, content)
            schedule = read.schedule or self._schedules.get(read.name)
            if read.schedule is None and content != (self._taken or {}).get(path):
                _report(read.notices, kept=schedule is not None)
            if schedule is not None:
                schedules[schedule.name] = schedule
        return schedules


def _report(notices: list[Notice], *, kept: bool) -> None:
    then = "the definition before it stays in force" if kept else "there is no such schedule until it is repaired"
    for notice in notices:
        log.error("%s%s; %s", notice, f" ({notice.hint})" if notice.hint else "", then)
