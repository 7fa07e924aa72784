"""Events of hooks become runs here, one transaction at a time for each hook: nothing is asked for twice."""

import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from netpulse_core.errors import InvalidParameters, TooManyRequests
from netpulse_core.ledger.database import Database, again_if_beaten, clock, now
from netpulse_core.ledger.hooktables import hook_events
from netpulse_core.ledger.names import names_in
from netpulse_core.ledger.runs import Runs
from netpulse_core.ledger.sealedparameters import Parameters
from netpulse_core.ledger.tables import jobs, queued, runs
from netpulse_core.model.incoming import HOUR, Became, HookEvent, HookRun, Received
from netpulse_core.model.run import NewRun

KEPT = 30 * 86_400.0
"""Seconds that a delivery is known by its id."""

AT_ONCE = 500

_LOCK = 8420_011
"""The first half of PostgreSQL's advisory locks for hooks; SQLite has one writer anyway."""


class HookEvents:
    """What came through hooks, and what became of it."""

    def __init__(self, database: Database, accepted: Runs, parameters: Parameters) -> None:
        self._database = database
        self._runs = accepted
        self._parameters = parameters

    def known(self, event: HookEvent) -> Received | None:
        """Return what became of a delivery that came before; raise InvalidParameters where its body was another."""
        with self._database.read() as connection:
            return _known(connection, event)

    @again_if_beaten
    def take(self, event: HookEvent, new: NewRun, at_most: int, naming: Callable[[Sequence[str]], str]) -> Received:
        """Record an event with its run, or join it to runs that wait; raise TooManyRequests beyond `at_most` an hour.

        It is joined for each device that has a job of the same request still queued: that job begins later than the
        event was sent, and so sees what the event tells of. `naming` says the target of the devices that are left.
        """
        with self._database.write() as connection:
            _one_after_the_other(connection, event.hook)
            if (known := _known(connection, event)) is not None:
                return known
            waiting = _waiting(connection, new, self._parameters)
            rest = tuple(one for one in new.devices if one[1] not in waiting)
            found = _joined(new, waiting)
            if rest:
                _refuse_beyond(connection, new.caller, rest, at_most)
                names = tuple(name for name, _ in rest)
                target = new.target if rest == new.devices else naming(names)
                self._runs.accept_within(connection, replace(new, devices=rest, target=target))
                found.insert(0, HookRun(run=new.id, devices=names, created=True))
            became = Became.ACCEPTED if rest else Became.COALESCED
            _write(connection, event, became, found)
        return Received(status=became, delivery=event.delivery, runs=tuple(found))

    def last(self) -> dict[str, float]:
        """Return when each hook last took an event."""
        query = select(hook_events.c.hook, func.max(hook_events.c.at)).group_by(hook_events.c.hook)
        with self._database.read() as connection:
            return {str(hook): float(at) for hook, at in connection.execute(query)}


def forget(connection: Connection, at: float) -> int:
    """Remove a piece of what is too old."""
    old = hook_events.c.at < at - KEPT
    ids = connection.scalars(select(hook_events.c.run_id).where(old).order_by(hook_events.c.at).limit(AT_ONCE)).all()
    return connection.execute(delete(hook_events).where(hook_events.c.run_id.in_(ids), old)).rowcount if ids else 0


def causes_of(connection: Connection, found: Collection[str]) -> dict[str, list[str]]:
    """Return the hooks that led to these runs, each run's first cause first; runs without any are not in it."""
    query = select(hook_events.c.run_id, hook_events.c.causes).where(hook_events.c.run_id.in_(sorted(found)))
    causes: dict[str, dict[str, None]] = defaultdict(dict)
    for row in connection.execute(query.order_by(hook_events.c.at)):
        causes[row.run_id].update(dict.fromkeys(row.causes))
    return {run: list(names) for run, names in causes.items()}


def _one_after_the_other(connection: Connection, hook: str) -> None:
    if connection.dialect.name != "sqlite":
        half = zlib.crc32(hook.encode()) - 2**31  # the lock's second half is a signed number of 32 bits
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK, half)))


def _known(connection: Connection, event: HookEvent) -> Received | None:
    mine = hook_events.c.hook == event.hook, hook_events.c.delivery == event.delivery
    rows = connection.execute(select(hook_events).where(*mine).order_by(hook_events.c.run_id.desc())).all()
    if not rows:
        return None
    if rows[0].digest != event.digest:
        problem = f"delivery {event.delivery!r} came before, with another body"
        raise InvalidParameters("event", [problem], hint="each event has an id of its own")
    found = [HookRun(run=row.run_id, devices=tuple(row.devices), created=False) for row in rows]
    return Received(status=Became.KNOWN, delivery=event.delivery, runs=tuple(found))


def _waiting(connection: Connection, new: NewRun, parameters: Parameters) -> Mapping[str, str]:
    """Return the run that each device is queued in, of those that ask for the same and may still begin."""
    # Compared as they are shown: equal secrets have equal marks.
    wanted: dict[str, Any] = json.loads(json.dumps(parameters.shown(new.parameters)))
    query = (
        select(jobs.c.device_key, jobs.c.run_id, runs.c.parameters, runs.c.shown, runs.c.key_id)
        .select_from(jobs.join(runs, runs.c.id == jobs.c.run_id))
        .where(
            queued(),
            jobs.c.device_key.in_(_keys(connection, new.devices)),
            jobs.c.cancel_at.is_(None),
            jobs.c.deadline_at > now(),
            runs.c.caller == new.caller,
            runs.c.runbook == new.runbook,
            runs.c.revision == new.revision,
        )
        .order_by(jobs.c.run_id)
    )
    return {row.device_key: row.run_id for row in connection.execute(query) if parameters.to_show(row) == wanted}


def _joined(new: NewRun, waiting: Mapping[str, str]) -> list[HookRun]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, key in new.devices:
        if key in waiting:
            found[waiting[key]].append(name)
    return [HookRun(run=run, devices=tuple(names), created=False) for run, names in found.items()]


def _refuse_beyond(connection: Connection, caller: str, wanted: Sequence[tuple[str, str]], at_most: int) -> None:
    """Raise TooManyRequests where a device had its runs of this hour: a loop through devices ends here."""
    at = clock(connection)
    query = (
        select(jobs.c.device_key, runs.c.accepted_at)
        .select_from(jobs.join(runs, runs.c.id == jobs.c.run_id))
        .where(runs.c.caller == caller, runs.c.accepted_at > at - HOUR)
        .where(jobs.c.device_key.in_(_keys(connection, wanted)))
        .order_by(runs.c.accepted_at.desc())
    )
    begun: dict[str, list[float]] = defaultdict(list)
    for row in connection.execute(query):
        begun[row.device_key].append(row.accepted_at)
    for name, key in wanted:
        if len(begun[key]) >= at_most:
            raise TooManyRequests(
                f"{caller} gave {name} {len(begun[key])} runs within an hour, and {at_most} are allowed (at_most)",
                retry_after=begun[key][at_most - 1] + HOUR - at,
                hint="look whether its runs cause the events it answers; `netpulse runs` shows them",
            )


def _keys(connection: Connection, wanted: Sequence[tuple[str, str]]) -> Any:
    return names_in(connection.dialect.name == "sqlite", {key for _, key in wanted})


def _write(connection: Connection, event: HookEvent, became: Became, found: Sequence[HookRun]) -> None:
    said = {"hook": event.hook, "delivery": event.delivery, "at": clock(connection), "digest": event.digest}
    said |= {"became": became.value, "causes": list(event.causes)}
    connection.execute(insert(hook_events), [said | {"run_id": one.run, "devices": list(one.devices)} for one in found])
