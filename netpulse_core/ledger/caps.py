"""How many jobs may wait at once, asked in the transaction that would accept more."""

from collections import Counter
from typing import Any, NamedTuple

from sqlalchemy import Connection, case, func, select

from netpulse_core.errors import QueueFull
from netpulse_core.ledger.tables import jobs, queued, runs
from netpulse_core.model.run import NewRun

AT_ONCE = 500

SIDE_BY_SIDE = 50
"""Acceptances that do not see each other. While so many requests of this size would fit, they need not go one by one,
which would make each wait for the round trips of all before it."""

RETRY_AFTER = 15.0

_LOCK = 8420_003
"""Which of PostgreSQL's advisory locks this is; SQLite has one writer anyway."""


class Caps(NamedTuple):
    """Jobs that may be unfinished, of all runs and of one caller, and be queued for one device; 0 is no cap."""

    jobs: int = 0
    of_caller: int = 0
    of_device: int = 0


class _Count(NamedTuple):
    whom: str
    have: int
    asked: int
    cap: int
    setting: str

    @property
    def over(self) -> bool:
        return 0 < self.cap < self.have + self.asked

    @property
    def near(self) -> bool:
        return 0 < self.cap < self.have + self.asked * SIDE_BY_SIDE

    def refusal(self) -> QueueFull:
        more = f"this run asks for {self.asked:,} more, and {self.cap:,} are allowed ({self.setting})"
        hint = "wait until some have finished, or cancel some: `netpulse runs --active` lists them"
        return QueueFull(f"{self.whom}, {more}", retry_after=RETRY_AFTER, hint=hint)


def refuse_beyond(connection: Connection, new: NewRun, caps: Caps) -> None:
    """Raise QueueFull where a run would pass a cap."""
    if not any(caps):
        return
    counts = _counts(connection, new, caps)
    if any(one.near for one in counts) or not _beside_others(connection):
        _alone(connection)
        counts = _counts(connection, new, caps)
    for one in counts:
        if one.over:
            raise one.refusal()


def _counts(connection: Connection, new: NewRun, caps: Caps) -> list[_Count]:
    mine = case((runs.c.caller == new.caller, runs.c.unfinished), else_=0)
    query = select(func.coalesce(func.sum(runs.c.unfinished), 0), func.coalesce(func.sum(mine), 0))
    everyone, caller = connection.execute(query.where(runs.c.verdict.is_(None))).one()
    asked = len(new.devices)
    return [
        _Count(f"{everyone:,} jobs have not finished", everyone, asked, caps.jobs, "max_jobs"),
        _Count(
            f"{new.caller} has {caller:,} jobs that have not finished",
            caller,
            asked,
            caps.of_caller,
            "max_jobs_of_caller",
        ),
        _of_devices(connection, new, caps),
    ]


def _of_devices(connection: Connection, new: NewRun, caps: Caps) -> _Count:
    """Return the count of the device that most jobs wait for."""
    asked = Counter(key for _, key in new.devices)
    waiting: Counter[str] = Counter()
    keys = sorted(asked)
    for start in range(0, len(keys) if caps.of_device else 0, AT_ONCE):
        query = select(jobs.c.device_key, func.count().label("number")).where(
            queued(), jobs.c.device_key.in_(keys[start : start + AT_ONCE])
        )
        for row in connection.execute(query.group_by(jobs.c.device_key)):
            waiting[row.device_key] += row.number
    most = max(keys, key=lambda key: waiting[key] + asked[key])
    name = next(name for name, key in new.devices if key == most)
    whom = f"{name}: {waiting[most]:,} jobs wait for it"
    return _Count(whom, waiting[most], asked[most], caps.of_device, "max_jobs_of_device")


def _beside_others(connection: Connection) -> bool:
    """Whether nobody who counts exactly is at work; until this transaction ends, whoever wants to waits for it."""
    if connection.dialect.name == "sqlite":
        return True
    taken: Any = connection.scalar(select(func.pg_try_advisory_xact_lock_shared(_LOCK)))
    return bool(taken)


def _alone(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
