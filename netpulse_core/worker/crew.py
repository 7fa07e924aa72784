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
            waiting = self._idle.pop() if self._idle else None  # who came last: the others grow old, and end
        if waiting is not None:
            waiting.put(named)
        else:
            threading.Thread(target=self._work, args=(named,), name=name, daemon=True).start()

    def _work(self, work: Work) -> None:
        given: SimpleQueue[Work] = SimpleQueue()
        while True:
            work()
            del work  # it holds a whole job
            with self._lock:
                self._idle.append(given)
            try:
                work = given.get(timeout=IDLE)
            except Empty:
                if self._ends(given):
                    return
                work = given.get()  # it was given at this very moment

    def _ends(self, given: SimpleQueue[Work]) -> bool:
        with self._lock:
            if given not in self._idle:
                return False
            self._idle.remove(given)
            return True
