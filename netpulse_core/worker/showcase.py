"""Showing a node's sessions to whoever asks: once a second at most, and only when something happened."""

import logging
import threading
import time
from collections.abc import Mapping

from netpulse_core.broker import seen
from netpulse_core.broker.broker import Broker
from netpulse_core.model.session import NodeSessions
from netpulse_core.sessions.pool import Pool
from netpulse_core.worker.life import Life

log = logging.getLogger(__name__)

PACE = 1.0
"""Seconds between two looks at what happened."""

MOST = 0.01
"""Part of a core that showing may take: where there are thousands of sessions, it is done less often."""

RENEWED = 5.0
"""Seconds after which it is shown again although nothing happened."""

MOST_SESSIONS, MOST_MOVES = 2000, 200
"""What is shown at once, so that a node of any size costs the broker less than a megabyte a second."""


class Showcase:
    """A thread that shows what a pool has, as long as the node lives."""

    def __init__(self, pool: Pool, broker: Broker, life: Life) -> None:
        self._pool = pool
        self._broker = broker
        self._life = life
        self._over = threading.Event()
        self._shown: tuple[str, int] = ("", -1)
        self._at = 0.0
        self._thread = threading.Thread(target=self._keep_showing, name="node-showcase", daemon=True)

    def start(self) -> None:
        """Show what there is, and begin to show what comes."""
        self._try_to_show()
        self._thread.start()

    def stop(self) -> None:
        """Show nothing more; what is up ends by itself."""
        self._over.set()
        self._thread.join()

    def _keep_showing(self) -> None:
        pause = PACE
        while not self._over.wait(pause):
            began = time.thread_time()
            self._try_to_show()
            pause = max(PACE, (time.thread_time() - began) / MOST)

    def _try_to_show(self) -> None:
        try:
            self._show()
        except Exception:  # the process loop: nobody may lose sight of a node for one failure
            log.exception("sessions could not be shown, trying again")

    def _show(self) -> None:
        now, what = time.monotonic(), (self._life.id, self._pool.moves.changes)
        if what == self._shown and now - self._at < RENEWED:
            return
        if seen.show(self._broker, look(self._pool, self._life, self._broker.heard())):
            self._shown, self._at = what, now


def look(pool: Pool, life: Life, heard: Mapping[str, int]) -> NodeSessions:
    """Return what a pool has, and what was heard; of very many sessions those at work, then those that moved last."""
    total, sessions = pool.look(MOST_SESSIONS)
    return NodeSessions(
        node=life.id,
        name=life.name,
        at=time.time(),
        total=total,
        sessions=sorted(sessions, key=lambda session: (session.device, session.driver, session.since)),
        counters={**pool.moves.counters, **heard},
        moves=pool.moves.latest(MOST_MOVES),
    )
