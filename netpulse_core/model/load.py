"""How much there is to do: what waits, what is at work, and what a person has to look at."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The work of a ledger at one instant."""

    jobs: Mapping[str, int]
    """How many jobs have not ended, by state."""
    waiting: Mapping[str, int]
    """How many of the queued wait for something other than a worker, by what: `brake`, `freeze`, `logins`."""
    oldest: float
    """Seconds since the job that has waited longest could begin, but for freezes and windows; 0 where none could."""
    runs: int
    """Runs that have not finished."""
    freezes: int
    """Freezes in force."""
    brakes: int
    """Credentials that are held."""
    breakers: int
    """Devices to which the way is open for one login at a time, at most."""
