"""Threads that take one piece of work after another: to begin one costs more than all that is done around a job."""

import threading
from collections.abc import Callable
from contextvars import Context
from queue import Empty, SimpleQueue

IDLE = 30.0
"""Seconds after which a thread ends that nothing was given to."""

Work = Callable[[], None]


class Crew:
    """As many threads as there is work at once; one that does not come back from its work is simply not given more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[SimpleQueue[Work]] = []

    def do(self, name: str, work: Work) -> None:
        """Have work done under this name, in a context of its own; RuntimeError says that no thread could be begun."""

        def named() -> None:
            threading.current_thread().name = name
            Context().run(work)

        with self._lock:
            given = self._idle.pop() if self._idle else None  # who came last: the others grow old, and end
        if given is None:
            given = SimpleQueue()
            # Not what it is to do: a thread keeps its arguments for as long as it lives, and that is a whole job.
            threading.Thread(target=self._work, args=(given,), name=name, daemon=True).start()
        given.put(named)

    def _work(self, given: SimpleQueue[Work]) -> None:
        while (work := self._next(given)) is not None:
            work()
            del work  # it holds a whole job
            with self._lock:
                self._idle.append(given)

    def _next(self, given: SimpleQueue[Work]) -> Work | None:
        """Return what this thread is given to do, or None once it was idle for too long."""
        try:
            return given.get(timeout=IDLE)
        except Empty:
            with self._lock:
                if given in self._idle:
                    self._idle.remove(given)
                    return None
            return given.get()  # it was given at this very moment
