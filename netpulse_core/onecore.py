"""One core for a process whose threads take turns anyway.

Python runs one thread of a process at a time. On several cores each turn wakes another core, which then fetches what
the first one had in its caches: a fleet's commands took nearly twice the processor time they take on one. So a process
that serves keeps all its threads on one core, and moves to another where somebody else needs that one.
"""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from netpulse_core.dice import dice

log = logging.getLogger(__name__)

EVERY = 1.0
"""Seconds between looks at what others do on the cores; spread, so that two processes do not move as one."""

WORTH = 0.05
"""Part of a core by which another must be freer to be moved to: a move costs what the caches held, and no more."""

_STAT = Path("/proc/stat")
_TASKS = Path("/proc/self/task")
_IDLE = (3, 4)
"""Which numbers of a core in /proc/stat are no work, by proc(5): idle, and waiting for a disk."""

Cores = Mapping[int, tuple[float, float]]
"""By core, how long it has worked and how long it has been there, in seconds."""


class OneCore:
    """Keeps this process on one core of those it was given; made once, where it begins to serve."""

    def __init__(self) -> None:
        self._all = frozenset(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else frozenset[int]()
        self._over = threading.Event()
        self._here: int | None = None

    @property
    def here(self) -> int | None:
        """The core this process is on; None where it may be on any."""
        return self._here

    def start(self) -> None:
        """Settle on one core, and move to a freer one now and then; do nothing where the system cannot."""
        if len(self._all) < 2:
            return
        try:
            self._move_to(dice.choice(sorted(self._all)))
        except OSError as error:  # a container may forbid it
            log.info("this process stays on all its cores: %s", error)
            return
        _kept.append(self)
        threading.Thread(target=self._keep_looking, name="one-core", daemon=True).start()

    def stop(self) -> None:
        """Let this process be on every core again."""
        self._over.set()
        if self in _kept:
            _kept.remove(self)
            _bind(self._all)
        self._here = None

    def _keep_looking(self) -> None:
        before, mine = _cores(), time.process_time()
        while not self._over.wait(EVERY * dice.uniform(0.5, 1.5)):
            after, used = _cores(), time.process_time()
            with contextlib.suppress(OSError):  # a core may be taken away at any moment; the next look sees others
                self._see_to_it(before, after, used - mine)
            before, mine = after, used

    def _see_to_it(self, before: Cores, after: Cores, mine: float) -> None:
        if self._here is None:
            return
        if (given := frozenset(os.sched_getaffinity(0))) != {self._here}:  # it was taken away, or we were put elsewhere
            self._all = given
            self._move_to(dice.choice(sorted(given)))
            return
        found = others(before, after, self._here, mine, self._all)
        freer = better(self._here, found) if found else None
        if freer is not None:
            self._move_to(freer)

    def _move_to(self, core: int) -> None:
        _bind({core})
        self._here = core


_kept: list[OneCore] = []


@contextlib.contextmanager
def anywhere() -> Iterator[None]:
    """Let what the calling thread starts within be on every core this process was given: another process, say."""
    if not _kept or _kept[-1].here is None:
        yield
        return
    one = _kept[-1]
    with contextlib.suppress(OSError):  # a core may be taken away at any moment, and what is started is not to fail
        os.sched_setaffinity(0, one._all)
    try:
        yield
    finally:
        if one.here is not None:
            with contextlib.suppress(OSError):
                os.sched_setaffinity(0, {one.here})


def others(before: Cores, after: Cores, here: int, mine: float, cores: frozenset[int]) -> dict[int, float]:
    """Return which part of each core was taken by others between two looks; `mine` are our own seconds on `here`."""
    found: dict[int, float] = {}
    for core in cores & before.keys() & after.keys():
        busy, there = (late - early for late, early in zip(after[core], before[core], strict=True))
        if there > 0:
            found[core] = max(0.0, busy - (mine if core == here else 0.0)) / there
    return found


def better(here: int, taken: Mapping[int, float]) -> int | None:
    """Return a core that is so much freer that a move is worth it, or None."""
    freest = min(taken, key=lambda core: (taken[core], dice.random()))
    return freest if taken.get(here, 1.0) - taken[freest] >= WORTH else None


def _cores() -> dict[int, tuple[float, float]]:
    try:
        lines = _STAT.read_text().splitlines()
    except OSError:
        return {}
    tick = os.sysconf("SC_CLK_TCK")
    found: dict[int, tuple[float, float]] = {}
    for line in lines:
        name, *numbers = line.split()
        if name.startswith("cpu") and name != "cpu":
            spent = [int(number) / tick for number in numbers[:8]]  # what guests took stands in these already
            there = sum(spent)
            found[int(name.removeprefix("cpu"))] = there - sum(spent[place] for place in _IDLE), there
    return found


def _bind(cores: frozenset[int] | set[int]) -> None:
    """Put each thread on these cores; twice, for one that was started by another that had not moved yet."""
    for _ in range(2):
        for task in _TASKS.iterdir():
            with contextlib.suppress(ProcessLookupError):  # it has ended
                os.sched_setaffinity(int(task.name), cores)
