"""What a node claims: the most urgent work of free devices, each device once.

The statements are built once: their construction cost four times what the database took to answer them.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    true,
    update,
)

from netpulse_core.ledger import frozen as freezing
from netpulse_core.ledger import windowed as windows
from netpulse_core.ledger.freezetables import freezes
from netpulse_core.ledger.holding import undisturbed
from netpulse_core.ledger.lists import among
from netpulse_core.ledger.tables import devices, jobs, nodes, placements, queued, runs
from netpulse_core.model.run import Claim
from netpulse_core.model.runbook import Queue
from netpulse_core.model.state import JobState

PER_SLOT = 4
"""Jobs looked at for each free slot, because several may be of one device."""

_node: BindParameter[Any] = bindparam("np_node")
_at: BindParameter[Any] = bindparam("np_at")
_revision: BindParameter[Any] = bindparam("np_revision")
_most: BindParameter[Any] = bindparam("np_most")


def claim(
    connection: Connection, node: str, slots: int, at: float, fifo_only: bool, suspects: int | None
) -> list[Claim]:
    """Claim at most `slots` jobs for a living node, most urgent and oldest first.

    At most `suspects` of them are jobs under which a worker died, and those come first: they are few, and would else
    wait for as long as there is anything more urgent.
    """
    living = connection.execute(_LIVING[connection.dialect.name], {"np_node": node, "np_at": at}).first()
    if living is None:
        return []
    stops = bool(living.frozen), bool(living.windowed)
    asked = {"np_at": at, "np_revision": living.revision} | ({} if fifo_only else {"np_node": node})
    if suspects is None:
        return _claimed(connection, _LOOKS[fifo_only, *stops, None], asked, slots, node)
    claims = _claimed(connection, _LOOKS[fifo_only, *stops, True], asked, min(suspects, slots), node)
    return claims + _claimed(connection, _LOOKS[fifo_only, *stops, False], asked, slots - len(claims), node)


def _claimed(connection: Connection, look: "_Statements", asked: dict[str, Any], slots: int, node: str) -> list[Claim]:
    if slots <= 0:
        return []
    seen = _candidates(connection, look, asked, slots)
    if connection.dialect.name != "postgresql":  # whoever writes to SQLite is alone: what was seen is so
        return _taken(connection, list(seen.values()), node, asked["np_at"])
    claims = _taken(connection, _still(connection, look, asked, seen), node, asked["np_at"])
    if len(claims) < len(seen):  # others came between: their devices may have another job, or the queue others
        seen = _candidates(connection, look, asked, slots - len(claims))
        claims += _taken(connection, _still(connection, look, asked, seen), node, asked["np_at"])
    return claims


def _still(connection: Connection, look: "_Statements", asked: dict[str, Any], seen: Mapping[str, int]) -> list[int]:
    """Return which of these jobs are still to be had, once their devices are locked."""
    free = connection.scalars(_LOCKED, {"np_keys": list(seen)}).all() if seen else []
    return list(connection.scalars(look.still, asked | {"np_ids": [seen[key] for key in free]})) if free else []


def _candidates(connection: Connection, look: "_Statements", asked: dict[str, Any], slots: int) -> dict[str, int]:
    """Return the next job of devices that have work and are not held, by device, most urgent first."""
    most = slots * PER_SLOT
    head = connection.execute(look.head, asked | {"np_most": most}).all()
    if len(head) == most and len({key for _, key in head}) < slots:
        # A few devices fill the head of the queue: only now is it worth walking all of it to get past them.
        head = connection.execute(look.beyond, asked | {"np_most": slots}).all()
    first: dict[str, int] = {}
    for job, key in head:
        first.setdefault(key, job)
    return dict(islice(first.items(), slots))


def _taken(connection: Connection, ids: Sequence[int], node: str, at: float) -> list[Claim]:
    if not ids:
        return []
    pushes = {row.key: row.pushes for row in connection.execute(_RAISE_FENCES, {"np_ids": ids})}
    rows = connection.execute(_TAKE, {"np_ids": ids, "np_node": node, "np_at": at}).all()
    asked = connection.execute(_ASKED, {"np_runs": list({row.run_id for row in rows})})
    runs_of = {row["id"]: (row, json.dumps(row["parameters"])) for row in asked.mappings()}
    ordered = sorted(rows, key=lambda row: (row.rank, row.id))
    return [_claim(row, *runs_of[row.run_id], pushes[row.device_key], at) for row in ordered]


def _claim(row: Any, run: Any, parameters: str, pushes: int, at: float) -> Claim:
    return Claim(
        job=row.id,
        run=row.run_id,
        device=row.device,
        key=row.device_key,
        fence=row.fence,
        attempt=row.attempt,
        queue=Queue(row.queue),
        rank=row.rank,
        deadline_at=row.deadline_at,
        left=row.deadline_at - at,
        crashes=row.crashes,
        diagnostic=bool(row.diagnostic),
        pushes=pushes,
        sealed=run["wrapped"] is not None,
        parameters=json.loads(parameters),  # each job its own: a runbook may write to what it is given
        **{name: run[name] for name in _OF_THE_RUN},
    )


_OF_THE_RUN = ("runbook", "changes", "timeout", "attempts", "caller", "commands")


class _Statements:
    """The questions of a node, or of a worker that takes only what keeps no session.

    `frozen` and `windowed` say whether there are freezes and windows: without them, no claim is slower for them.
    `suspects` says whether a worker has died under what is asked for; None is either.
    """

    def __init__(self, *, fifo_only: bool, frozen: bool, windowed: bool, suspects: bool | None) -> None:
        mine = jobs.c.queue == Queue.FIFO.value
        if not fifo_only:
            # As a value, so that no plan joins all placements for the few jobs that are looked at.
            owner = select(placements.c.node).where(placements.c.device_key == jobs.c.device_key).scalar_subquery()
            mine = or_(mine, owner == _node)
        ready = and_(
            jobs.c.not_before <= _at,
            jobs.c.deadline_at > _at,
            jobs.c.revision == _revision,
            mine,
            *([] if suspects is None else [jobs.c.crashes > 0 if suspects else jobs.c.crashes == 0]),
            *undisturbed(),
        )
        if frozen:
            ready = and_(ready, ~freezing.frozen(freezing.of_its_run()))
        if windowed:
            ready = and_(ready, ~windows.stopped())
        found = select(jobs.c.id, jobs.c.device_key)
        self.head: Select[Any] = found.where(queued(), ready).order_by(jobs.c.rank, jobs.c.id).limit(_most)
        place = func.row_number().over(partition_by=jobs.c.device_key, order_by=(jobs.c.rank, jobs.c.id))
        ranked = found.add_columns(jobs.c.rank, place.label("place")).where(queued(), ready).subquery()
        self.beyond: Select[Any] = (
            select(ranked.c.id, ranked.c.device_key)
            .where(ranked.c.place == 1)
            .order_by(ranked.c.rank, ranked.c.id)
            .limit(_most)
        )
        # Asked again, because the first answer was not under the lock of the device. Skipping, because to wait here
        # for somebody who cancels, while holding conclusions he waits for, is a deadlock.
        self.still: Select[Any] = (
            select(jobs.c.id)
            .where(among(jobs.c.id, "np_ids"), _waits(), ready)
            .with_for_update(skip_locked=True, key_share=True)
        )


def _waits() -> ColumnElement[bool]:
    """Whether a job found by its number is queued; written so that no index of what is queued is a way to it."""
    return jobs.c.state.concat("") == JobState.QUEUED.value


_LOOKS = {
    (fifo_only, frozen, windowed, suspects): _Statements(
        fifo_only=fifo_only, frozen=frozen, windowed=windowed, suspects=suspects
    )
    for fifo_only in (False, True)
    for frozen in (False, True)
    for windowed in (False, True)
    for suspects in (None, False, True)
}

_reader = nodes.alias()
_ALIVE = select(
    nodes.c.revision,
    exists(select(freezes.c.id).where(freezing.in_force())).label("frozen"),
    exists(select(_reader.c.id).where(_reader.c.book.is_not(None), _reader.c.lease_until > _at)).label("windowed"),
).where(nodes.c.id == _node, nodes.c.lease_until > _at, nodes.c.draining.is_(False))

# PostgreSQL counts a queue every few minutes, mostly when it is empty, and to sort one row is as good to it as to walk
# an index: it looked through the whole queue at each claim. Until the transaction ends, it sorts only what it must.
_LIVING = {
    "sqlite": _ALIVE,
    "postgresql": _ALIVE.add_columns(
        func.set_config("enable_sort", "off", true()), func.set_config("jit", "off", true())
    ),
}

# Devices that nobody else is locking: without the lock one urgent insert rolls back a whole batch.
_LOCKED = (
    select(devices.c.key)
    .where(among(devices.c.key, "np_keys"))
    .order_by(devices.c.key)
    .with_for_update(skip_locked=True, key_share=True)
)

_RAISE_FENCES = (
    update(devices)
    .where(devices.c.key.in_(select(jobs.c.device_key).where(among(jobs.c.id, "np_ids"))))
    .values(fence=devices.c.fence + 1)
    .returning(devices.c.key, devices.c.pushes)
)

_TAKE = (
    update(jobs)
    .where(among(jobs.c.id, "np_ids"), _waits())
    .values(
        state=JobState.RUNNING.value,
        node=_node,
        fence=select(devices.c.fence).where(devices.c.key == jobs.c.device_key).scalar_subquery(),
        attempt=jobs.c.attempt + 1,
        claimed_at=_at,
        device_session=None,
        problem=None,
        waits_on=None,
    )
    .returning(
        jobs.c.id,
        jobs.c.run_id,
        jobs.c.device,
        jobs.c.device_key,
        jobs.c.fence,
        jobs.c.attempt,
        jobs.c.queue,
        jobs.c.rank,
        jobs.c.deadline_at,
        jobs.c.crashes,
        jobs.c.diagnostic,
    )
)

_ASKED = select(runs.c.id, runs.c.parameters, runs.c.wrapped, *(runs.c[name] for name in _OF_THE_RUN)).where(
    among(runs.c.id, "np_runs")
)
