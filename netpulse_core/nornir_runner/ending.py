"""Taking leave of devices when a script ends: a session that is only dropped keeps a line of its device busy."""

import threading
import weakref

from netpulse_core.sessions.pool import Pool

_open: weakref.WeakSet[Pool] = weakref.WeakSet()
_begin = threading.Lock()
_began: list[threading.Thread] = []


def close_at_the_end(pool: Pool) -> None:
    """Close this pool once the main thread has ended, should it still be there."""
    with _begin:
        _open.add(pool)
        if not _began:
            # No `atexit`: what drivers need to take leave, a loop in a daemon thread say, is frozen by then. The
            # interpreter waits for this thread, since it is no daemon.
            _began.append(threading.Thread(target=_close, name="netpulse-runner-ending"))
            _began[0].start()


def _close() -> None:
    threading.main_thread().join()
    for pool in list(_open):
        pool.close()
