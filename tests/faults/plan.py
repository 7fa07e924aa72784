"""What the adversary will do: made of a seed, so that a seed is the same plan for ever."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from tests.faults.program import LEASE


class Blow(StrEnum):
    """What is done to it; the words are those of the results."""

    KILL_WORKER = "kill -9 worker"
    KILL_API = "kill -9 api"
    KILL_SCHEDULER = "kill -9 scheduler"
    KILL_UP = "kill -9 up"
    RESTART = "SIGTERM"
    FREEZE = "SIGSTOP"
    REDIS_LOST = "Redis lost"
    REDIS_FROZEN = "Redis frozen"
    REDIS_ROLLED_BACK = "Redis rolled back"
    REDIS_DEAF = "Redis replies lost"
    DOORBELLS = "false doorbells"
    LEDGER_CRASH = "PostgreSQL crash"
    LEDGER_AWAY = "PostgreSQL away"
    FAILOVER = "PostgreSQL failover"
    LEDGER_SILENT = "partition from the ledger"
    LEDGER_DEAF = "ledger replies lost"
    DISK_FULL = "disk full"
    CALLER_DEAF = "API replies lost"
    CALLER_CUT = "API connections cut"
    DEVICE = "device fault"


KILLS = (Blow.KILL_WORKER, Blow.KILL_API, Blow.KILL_SCHEDULER, Blow.KILL_UP)

LASTS: Mapping[Blow, tuple[float, float]] = {
    Blow.FREEZE: (0.5 * LEASE, 3 * LEASE),
    Blow.REDIS_LOST: (0.0, 2.0),
    Blow.REDIS_FROZEN: (6.5, 6.5),
    Blow.REDIS_ROLLED_BACK: (0.5, 2.0),
    Blow.REDIS_DEAF: (0.1, 0.5),
    Blow.LEDGER_CRASH: (0.0, 2.0),
    Blow.LEDGER_AWAY: (4.0, 8.0),
    Blow.LEDGER_SILENT: (LEASE, 3 * LEASE),
    Blow.LEDGER_DEAF: (0.05, 0.5),
    Blow.DISK_FULL: (2.0, 4.0),
    Blow.CALLER_DEAF: (0.2, 1.0),
    Blow.DEVICE: (2.0, 6.0),
}
"""Seconds, from and to; what is not here is over at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One blow: when, at what, for how long."""

    at: float
    blow: Blow
    lasts: float
    dice: int
    """Seeds what else is chosen when it falls."""


def plan(seed: int, blows: Mapping[Blow, int], length: float) -> list[Planned]:
    """Return so many blows of each kind, at random instants of a time; every tenth seed has a long outage."""
    lasts = {**LASTS, **({Blow.LEDGER_AWAY: (60.0, 60.0)} if seed % 10 == 0 else {})}
    dice = Random(f"plan {seed}")
    found = [
        Planned(
            at=round(dice.uniform(0.02, 1.0) * length, 2),
            blow=blow,
            lasts=round(dice.uniform(*lasts.get(blow, (0.0, 0.0))), 2),
            dice=dice.getrandbits(32),
        )
        for blow, count in blows.items()
        for _ in range(count)
    ]
    return sorted(found, key=lambda one: (one.at, one.blow, one.dice))
