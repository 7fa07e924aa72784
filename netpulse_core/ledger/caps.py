"""How many jobs may wait at once, asked in the transaction that would accept more."""

from collections import Counter
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, case, func, select

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
    if connection.dialect.name != "sqlite" and (any(one.near for one in counts) or not _beside_others(connection)):
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        counts = _counts(connection, new, caps)
    for one in counts:
        if one.over:
            raise one.refusal()


def _counts(connection: Connection, new: NewRun, caps: Caps) -> list[_Count]:
    everyone, caller = connection.execute(_UNFINISHED, {"np_caller": new.caller}).one()
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
        _of_devices(connection, new, caps, everyone),
    ]


_MINE = case((runs.c.caller == bindparam("np_caller"), runs.c.unfinished), else_=0)
_UNFINISHED = select(func.coalesce(func.sum(runs.c.unfinished), 0), func.coalesce(func.sum(_MINE), 0)).where(
    runs.c.verdict.is_(None)
)


def _of_devices(connection: Connection, new: NewRun, caps: Caps, everyone: int) -> _Count:
    """Return the count of the device that most jobs wait for, or of any where none is near its cap."""
    asked = Counter(key for _, key in new.devices)
    few = len(asked) <= AT_ONCE  # of more, asking for each costs more than a look at the whole queue
    near = caps.of_device - max(asked.values()) * SIDE_BY_SIDE
    given: dict[str, Any] = {"np_near": near} | ({"np_keys": sorted(asked)} if few else {})
    look = caps.of_device and everyone > near  # for no device wait more than there are
    rows = connection.execute(_waiting(diagnostic=new.diagnostic, few=few), given) if look else ()
    waiting = {row.device_key: row.number for row in rows}
    most = max(asked, key=lambda key: waiting.get(key, 0) + asked[key])
    have = waiting.get(most, 0)
    name = next(name for name, key in new.devices if key == most)
    return _Count(f"{name}: {have:,} jobs wait for it", have, asked[most], caps.of_device, "max_jobs_of_device")


@cache
def _waiting(*, diagnostic: bool, few: bool) -> Select[Any]:
    # Diagnostic reads by themselves: what waits for a doubt to end must not keep anyone from looking at it.
    alike = jobs.c.diagnostic.is_not(None) if diagnostic else jobs.c.diagnostic.is_(None)
    number = func.count().label("number")
    query = select(jobs.c.device_key, number).where(queued(), alike).group_by(jobs.c.device_key)
    query = query.having(number > bindparam("np_near"))
    return query.where(jobs.c.device_key.in_(bindparam("np_keys", expanding=True))) if few else query


def _beside_others(connection: Connection) -> bool:
    """Whether nobody who counts exactly is at work; until this transaction ends, whoever wants to waits for it."""
    return bool(connection.scalar(select(func.pg_try_advisory_xact_lock_shared(_LOCK))))
