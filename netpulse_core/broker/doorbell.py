"""One queue of doorbells: Huey without results, retries, locks, schedules or signal handlers."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from huey.api import Huey
from huey.consumer import Consumer
from huey.storage import BaseStorage

from netpulse_core.broker.message import NOISE, RING, SignedJSON, queue_name

log = logging.getLogger(__name__)
logging.getLogger("huey").setLevel(logging.CRITICAL)  # its every line about a doorbell is noise; ours are counted

Wake = Callable[[Sequence[str]], None]

MOST = 10_000
"""Devices of one message; more are rung in several, because a listener reads no message of any length."""

REMEMBERED = 10_000
"""Rings that are known again; one that is older counts as new, and wakes no more than any other."""

HEALTH = 5.0
"""Seconds between looks at Huey's own thread: a SystemExit would end it for good."""


class Doorbell:
    """Rings one queue, or listens to it."""

    def __init__(self, name: str, key: bytes, storage: Callable[[str], BaseStorage]) -> None:
        self.queue = queue_name(name)
        self.rings = 0
        """Rings heard since this process started, those heard before included."""
        self.replayed = 0
        """Of these, the ones heard before: somebody put them back, or a server that lost its last seconds did."""
        self.forged = 0
        """Messages that no process of this site signed, garbage included."""
        self._known: OrderedDict[str, None] = OrderedDict()
        self._wakes: list[Wake] = []
        module = __name__
        self._huey = _Huey(
            self.queue,
            results=False,
            serializer=SignedJSON(key, self.queue, ring=f"{module}.{RING}", noise=f"{module}.{NOISE}"),
            storage_class=storage,
        )
        self._ring = self._huey.task(name=RING, context=True)(self._rung)
        self._huey.task(name=NOISE)(self._not_ours)
        for task in self._huey._registry._registry.values():
            task.__module__ = module

    def ring(self, devices: Sequence[str]) -> None:
        """Say that these devices have work; raises what the storage raises."""
        for start in range(0, len(devices) or 1, MOST):
            self._ring(list(devices[start : start + MOST]))

    def listen(self, wake: Wake) -> "Listener":
        """Call `wake` for each ring, on a thread of its own, until the listener is stopped."""
        self._wakes.append(wake)
        return Listener(self._huey, lambda: self._wakes.remove(wake))

    def _rung(self, devices: Sequence[str], task: Any = None) -> None:
        self._count(str(task.id))
        for wake in list(self._wakes):
            wake(devices)

    def _count(self, ring: str) -> None:
        self.rings += 1
        self.replayed += ring in self._known
        self._known[ring] = None
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def _not_ours(self) -> None:
        self.forged += 1
        if self.forged & (self.forged - 1) == 0:  # the 1st, 2nd, 4th, 8th: whoever forges must not fill the log as well
            log.warning("a doorbell with a bad signature was dropped (%d so far)", self.forged)


class Listener:
    """Huey's consumer, started from code."""

    def __init__(self, huey: Huey, stopped: Callable[[], None]) -> None:
        self._huey = huey
        self._forget = stopped
        self._consumer = _Consumer(huey, workers=1, periodic=False, initial_delay=0.05, max_delay=1.0)
        self._stopped = threading.Event()
        self._consumer.start()
        self._health = threading.Thread(target=self._watch, name="doorbell-health", daemon=True)
        self._health.start()

    def stop(self) -> None:
        """Stop listening and wait for Huey's thread; a second time does nothing."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        self._consumer.stop_flag.set()
        getattr(self._huey.storage, "wake", lambda: None)()  # what waits in memory alone can be woken
        self._consumer.stop(graceful=True)
        self._health.join()
        self._forget()

    def _watch(self) -> None:
        while not self._stopped.wait(HEALTH):
            self._consumer.check_worker_health()


class _Huey(Huey):  # type: ignore[misc]  # huey publishes no types
    def create_storage(self) -> Any:
        return self.storage_class(self.name)


class _Consumer(Consumer):  # type: ignore[misc]  # huey publishes no types
    """Huey's consumer without what is the process's own: signals, and the clock."""

    def _set_signal_handlers(self) -> None:
        return

    def _create_scheduler(self) -> "_NoScheduler":
        return _NoScheduler()

    def check_worker_health(self) -> None:
        # Huey's own also revives the scheduler thread, which ends at once here.
        for number, (worker, thread) in enumerate(self.worker_threads):
            if not self.environment.is_alive(thread) and not self.stop_flag.is_set():
                replacement = self._create_process(worker, f"Worker-{number + 1}")
                self.worker_threads[number] = (worker, replacement)
                replacement.start()


class _NoScheduler:
    """Nothing is ever scheduled in Huey: its thread would poll the broker every second."""

    def initialize(self) -> None:
        raise KeyboardInterrupt  # how a Huey process ends without a word

    def shutdown(self) -> None:
        return


def heard(doorbells: Iterable[Doorbell]) -> dict[str, int]:
    """Return what these doorbells counted, together."""
    bells = list(doorbells)
    return {
        "rings": sum(bell.rings for bell in bells),
        "rings_replayed": sum(bell.replayed for bell in bells),
        "rings_forged": sum(bell.forged for bell in bells),
    }
