"""The login governor: how many logins one node has under way and how many it begins in a second."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from netpulse_core.bounds import LoginLimits, Logins

Clock = Callable[[], float]

ALL = "all"
"""The bound of all logins of this node."""


class Full(Exception):
    """No login could begin in time; its words say what is full."""


@dataclass(slots=True, eq=False)
class _Waiter:
    """Somebody who wants to log in, and the bounds that count for it."""

    names: Sequence[str]
    until: float
    admitted: threading.Event = field(default_factory=threading.Event)
    at: float = 0.0
    """When it may begin, once it is admitted."""
    too_late: bool = False


class Governor:
    """Lets logins begin in the order they were asked for, each as soon as every bound it counts under has room.

    Who waits behind a full group holds up nobody of another group. Waiters are woken when a login ends, and told the
    moment they may begin where a rate holds them back; nobody polls. `clock` is monotonic seconds.
    """

    def __init__(self, bounds: Logins, *, clock: Clock = time.monotonic) -> None:
        self._bounds = bounds
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: deque[_Waiter] = deque()
        self._under_way: Counter[str] = Counter()
        self._next: dict[str, float] = {}

    @contextmanager
    def login(self, groups: Sequence[str], credential: str | None, *, until: float) -> Iterator[None]:
        """Hold one login's place under every bound; raise Full where there is none before `until`."""
        waiter = _Waiter(self._names(groups, credential), until)
        with self._lock:
            self._waiting.append(waiter)
            self._admit()
        if not waiter.admitted.wait(max(0.0, until - self._clock())):
            with self._lock:
                if not waiter.admitted.is_set():
                    self._waiting.remove(waiter)
                    raise Full(self._why(waiter))
        try:
            self._wait_for_its_moment(waiter)
            yield
        finally:
            with self._lock:
                self._under_way.subtract(waiter.names)
                self._under_way += Counter()  # what stands at nothing need not be kept
                self._admit()

    def _names(self, groups: Sequence[str], credential: str | None) -> list[str]:
        """Return the bounds that count, by name: the whole node, the credential, each group that has one."""
        names = [ALL, *(f"group {group}" for group in groups)]
        if credential is not None:
            names.append(f"credential {credential}")
        return [name for name in names if self._limit(name) != LoginLimits()]

    def _limit(self, name: str) -> LoginLimits:
        kind, _, rest = name.partition(" ")
        match kind:
            case "all":
                return LoginLimits(at_once=self._bounds.at_once, per_second=self._bounds.per_second)
            case "group":
                return self._bounds.groups.get(rest) or self._bounds.groups.get("*") or LoginLimits()
            case _:
                return self._bounds.credential

    def _admit(self) -> None:
        """Admit who may begin, the longest waiting first; called under the lock."""
        full: set[str] = set()
        for waiter in list(self._waiting):
            if full.isdisjoint(waiter.names):
                busy = self._busy(waiter)
                if not busy:
                    self._waiting.remove(waiter)
                    self._begin(waiter)
                    continue
                full.update(busy)  # whoever comes later under these stays behind
            if ALL in full:
                return

    def _busy(self, waiter: _Waiter) -> list[str]:
        return [name for name in waiter.names if self._under_way[name] >= (self._limit(name).at_once or float("inf"))]

    def _begin(self, waiter: _Waiter) -> None:
        rates = {name: rate for name in waiter.names if (rate := self._limit(name).per_second)}
        waiter.at = max([self._clock(), *(self._next.get(name, 0.0) for name in rates)])
        waiter.too_late = waiter.at > waiter.until
        if not waiter.too_late:  # or those who give up would push everybody's moment away
            for name, rate in rates.items():
                self._next[name] = waiter.at + 1.0 / rate
        self._under_way.update(waiter.names)
        waiter.admitted.set()

    def _wait_for_its_moment(self, waiter: _Waiter) -> None:
        if waiter.too_late:
            raise Full("the logins per second allow none in time")
        left = waiter.at - self._clock()
        if left > 0:
            threading.Event().wait(left)

    def _why(self, waiter: _Waiter) -> str:
        busy = self._busy(waiter)
        what = ["this worker" if name == ALL else name for name in busy or waiter.names]
        return f"as many logins as may be at once are under way for {', '.join(what)}"
