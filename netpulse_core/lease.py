"""How long a worker may be silent, of the environment, being the same for each process; and by which clock."""

import os
import time

VARIABLE = "NETPULSE_LEASE"
SHORTEST, LONGEST = 2.0, 3600.0
"""A shorter one is over between two looks at the ledger; a longer one leaves dead workers' devices held for hours."""

_USUAL = 15.0


def _told(text: str) -> float | None:
    try:
        told = float(text or _USUAL)
    except ValueError:
        return None
    return told if SHORTEST <= told <= LONGEST else None  # nan is neither


_TOLD = _told(os.environ.get(VARIABLE, ""))

LEASE = _USUAL if _TOLD is None else _TOLD
"""Seconds a node may be silent before its work is taken from it; a shorter one takes short pauses for deaths.

It is known before any settings are read, which refuse what `problem` tells of: nobody works by a lease nobody meant.
"""


def problem() -> str:
    """Return what is wrong with the lease this process was told, or an empty text."""
    if _TOLD is not None:
        return ""
    given = os.environ.get(VARIABLE, "")
    return f"not a number of seconds from {SHORTEST:g} to {LONGEST:g}, without a unit (got {given!r})"


def uptime() -> float:
    """Return seconds that go on while the machine is suspended, where the system counts them (clock_gettime(2)).

    The monotonic clock stands still meanwhile, and neither a lease does nor who waits for this machine elsewhere.
    """
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)
