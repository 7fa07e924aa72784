"""How many files a process may have open: each session and each connection is one."""

import logging
import resource
from contextlib import suppress

log = logging.getLogger(__name__)

ENOUGH = 65_536
"""What is asked for where it may be had: more would only be more for programs that close all there could be."""

_BESIDE = 512
"""Files that are open beside sessions: plugins, the ledger, the broker, streams, processes that were started."""


def needed(sessions: int) -> int:
    """Return how many files a process with so many sessions has open."""
    return sessions + _BESIDE


def allow(sessions: int) -> None:
    """Raise the limit on open files as far as this process may, and warn where it is too low for so many sessions."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(ENOUGH, needed(sessions))
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):  # a system may allow less than it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    if soft != resource.RLIM_INFINITY and soft < needed(sessions):
        log.warning(
            "this process may open %d files, and up to %d sessions (max_sessions) need %d: devices beyond that could"
            " not be reached; raise the hard limit (LimitNOFILE= of systemd, `ulimit -Hn`), or lower max_sessions",
            soft,
            sessions,
            needed(sessions),
        )
