"""A word to one running job that it is to end."""

import threading
from collections.abc import Callable


class Stopper:
    """Asks a job to end, from any thread, at any time of its life; too early, it is heard once the job listens."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._end: Callable[[], None] | None = None
        self.asked = False

    def ask(self) -> None:
        """Let the job end as soon as it can."""
        with self._lock:
            self.asked, end = True, self._end
        if end is not None:
            end()

    def heard_by(self, end: Callable[[], None]) -> None:
        """Call this when the job is asked to end."""
        with self._lock:
            self._end, asked = end, self.asked
        if asked:
            end()
