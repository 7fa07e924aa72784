"""How much a seed is: of the campaign, and of the few seconds that every run of the tests can spare."""

from collections.abc import Mapping

from tests.faults.installation import Kind
from tests.faults.plan import Blow
from tests.faults.seed import Size

CAMPAIGN: Mapping[Kind, Size] = {
    "postgresql": Size(
        devices=32,
        workers=3,
        pushes=560,
        reads=120,
        length=60.0,
        patience=30.0,
        blows={
            Blow.KILL_WORKER: 18,
            Blow.KILL_API: 4,
            Blow.KILL_SCHEDULER: 4,
            Blow.RESTART: 4,
            Blow.FREEZE: 5,
            Blow.REDIS_LOST: 2,
            Blow.REDIS_FROZEN: 1,
            Blow.REDIS_ROLLED_BACK: 1,
            Blow.REDIS_DEAF: 3,
            Blow.DOORBELLS: 6,
            Blow.LEDGER_CRASH: 2,
            Blow.LEDGER_AWAY: 1,
            Blow.FAILOVER: 1,
            Blow.LEDGER_SILENT: 3,
            Blow.LEDGER_DEAF: 5,
            Blow.DISK_FULL: 1,
            Blow.CALLER_DEAF: 4,
            Blow.CALLER_CUT: 4,
            Blow.DEVICE: 14,
        },
    ),
    "sqlite": Size(
        devices=32,
        workers=1,
        pushes=600,
        reads=120,
        length=100.0,
        patience=30.0,
        blows={
            Blow.KILL_UP: 26,
            Blow.RESTART: 3,
            Blow.FREEZE: 3,
            Blow.DISK_FULL: 2,
            Blow.CALLER_DEAF: 4,
            Blow.CALLER_CUT: 4,
            Blow.DEVICE: 14,
        },
    ),
}

SHORT: Mapping[Kind, Size] = {
    "postgresql": Size(
        devices=8,
        workers=2,
        pushes=30,
        reads=6,
        length=3.0,
        patience=1.0,
        blows={
            Blow.KILL_WORKER: 1,
            Blow.KILL_API: 1,
            Blow.REDIS_LOST: 1,
            Blow.DOORBELLS: 1,
            Blow.LEDGER_CRASH: 1,
            Blow.LEDGER_SILENT: 1,
            Blow.LEDGER_DEAF: 1,
            Blow.CALLER_DEAF: 1,
            Blow.DEVICE: 1,
        },
    ),
    "sqlite": Size(
        devices=8,
        workers=1,
        pushes=30,
        reads=6,
        length=3.0,
        patience=1.0,
        blows={Blow.KILL_UP: 2, Blow.CALLER_DEAF: 1, Blow.DEVICE: 1},
    ),
}
