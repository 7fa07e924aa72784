"""Accepting runs and telling what is known of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from netpulse_core.errors import InvalidParameters, NotFound, Refused
from netpulse_core.ledger import accepting, freezes, nodes
from netpulse_core.ledger.caps import Caps, refuse_beyond
from netpulse_core.ledger.database import Database, again_if_beaten, now
from netpulse_core.ledger.lists import among
from netpulse_core.ledger.names import names_in
from netpulse_core.ledger.outbox import News
from netpulse_core.ledger.sealedparameters import OF_RUNS, Parameters
from netpulse_core.ledger.tables import jobs, runs
from netpulse_core.model.event import EventKind
from netpulse_core.model.outcome import Outcome, Verdict, verdict
from netpulse_core.model.run import NewRun, Run
from netpulse_core.model.runbook import Queue


@dataclass(frozen=True, slots=True)
class Sight:
    """What a narrowed caller sees: its own runs, and those whose devices are all among these."""

    caller: str
    devices: frozenset[str]


class Recorded(NamedTuple):
    """A run that is in the ledger, and what whoever brought it needs to know next, as it was in that transaction."""

    run: str
    new: bool
    owners: Mapping[str, str] = {}
    """Which living node owns each device of a new run that keeps sessions, by key."""
    may_wait: bool = False
    """Whether there are freezes or windows at all, which a new run may have to wait for."""


class Runs:
    """The runs of the ledger."""

    def __init__(self, database: Database, caps: Caps, parameters: Parameters) -> None:
        self._database = database
        self._caps = caps
        self._parameters = parameters

    def accept(self, new: NewRun) -> Recorded:
        """Record a run with its jobs in one transaction.

        The same idempotency key of the same caller gives the run it gave before; with another request it is refused.
        QueueFull says that too many jobs wait already, Refused that a secret in the parameters cannot be sealed.
        """
        return self._accept(new, self._kept(new))

    def accept_within(self, connection: Connection, new: NewRun) -> str:
        """Record a run that has no key in somebody's transaction; beaten, all of it is to be done again by its owner.

        Raises as `accept` does.
        """
        kept = self._kept(new)
        refuse_beyond(connection, new, self._caps)
        accepting.insert(connection, new, kept)
        return new.id

    def _kept(self, new: NewRun) -> dict[str, Any]:
        if not new.devices:
            raise Refused("a run needs a device: without one it could never end")
        return self._parameters.columns(new.parameters, OF_RUNS, new.id)

    @again_if_beaten
    def _accept(self, new: NewRun, kept: dict[str, Any]) -> Recorded:
        try:
            with self._database.write() as connection:
                if (known := _known(connection, new)) is not None:
                    return Recorded(known, new=False)
                refuse_beyond(connection, new, self._caps)
                accepting.insert(connection, new, kept)
                keys = list(dict.fromkeys(key for _, key in new.devices)) if new.queue is Queue.NODE else []
                owners = nodes.owner_of(connection, keys, new.revision)
                return Recorded(new.id, new=True, owners=owners, may_wait=freezes.anything_stops(connection))
        except IntegrityError:
            with self._database.read() as connection:
                if (known := _known(connection, new)) is None:
                    raise
            return Recorded(known, new=False)

    def get(self, run: str) -> Run:
        """Return one run, or raise NotFound."""
        found = self._found(_ONE, {"np_run": run})
        if not found:
            raise NotFound("run", run)
        return found[0]

    def parameters(self, run: str) -> dict[str, Any]:
        """Return the parameters of a run as they were given; raise Refused where they do not open here."""
        with self._database.read() as connection:
            return self._parameters.of_run(connection, run)

    def under_key(self, caller: str, key: str) -> tuple[str, str] | None:
        """Return the id and the fingerprint of the run a caller made under an idempotency key, or None."""
        with self._database.read() as connection:
            return _under_key(connection, caller, key)

    def latest(self, seen: Sight | None = None) -> Run | None:
        """Return the run accepted last, or None."""
        found = self.page(limit=1, seen=seen)
        return found[0] if found else None

    def page(
        self,
        *,
        limit: int = 50,
        before: str | None = None,
        runbook: str | None = None,
        caller: str | None = None,
        schedule: str | None = None,
        verdict: str | None = None,
        finished: bool | None = None,
        device: str | None = None,
        seen: Sight | None = None,
    ) -> Sequence[Run]:
        """Return runs, newest first; `before` is the last id of the page before, `seen` leaves out what is not."""
        wanted = [
            runs.c[name] == value
            for name, value in {
                "runbook": runbook,
                "caller": caller,
                "schedule": schedule,
                "verdict": verdict,
            }.items()
            if value is not None
        ]
        if before is not None:
            wanted.append(runs.c.id < before)  # ids sort by the time they were made
        if finished is not None:
            wanted.append(runs.c.verdict.is_not(None) if finished else runs.c.verdict.is_(None))
        if device is not None:
            wanted.append(runs.c.id.in_(select(jobs.c.run_id).where(jobs.c.device == device)))
        if seen is not None:
            wanted.append(self.there(seen))
        return self._select(and_(True, *wanted), limit=limit)

    def lies_within(self, run: str, devices: Collection[str]) -> bool:
        """Whether all devices of a run are among these."""
        return bool(self._select((runs.c.id == run) & self._lie_within(devices), limit=1))

    def there(self, seen: Sight) -> ColumnElement[bool]:
        """Whether a run is there for a narrowed caller."""
        return or_(runs.c.caller == seen.caller, self._lie_within(seen.devices))

    def _lie_within(self, devices: Collection[str]) -> ColumnElement[bool]:
        names = names_in(self._database.sqlite, devices)
        # A run that was missed has no device, and its target may mean any.
        return and_(runs.c.devices > 0, ~exists().where(jobs.c.run_id == runs.c.id, jobs.c.device.not_in(names)))

    def _select(self, where: Any, limit: int) -> Sequence[Run]:
        return self._found(select(runs).where(where).order_by(runs.c.id.desc()).limit(limit), {})

    def _found(self, query: Select[Any], asked: Mapping[str, Any]) -> Sequence[Run]:
        with self._database.read() as connection:
            rows = connection.execute(query, asked).all()
            begun = [row.id for row in rows if row.verdict is not None or row.unfinished < row.devices]
            counts = _counts(connection, begun)
        return [_run(row._mapping, self._parameters.to_show(row), counts.get(row.id, {})) for row in rows]


# Built once, as what else every job or watcher asks: their construction costs more than their answers.
_ONE = select(runs).where(runs.c.id == bindparam("np_run"))
_FINISH = (
    update(runs)
    .where(runs.c.id == bindparam("np_run"))
    .values(verdict=bindparam("np_verdict"), finished_at=now(), events=runs.c.events + 1)
)
_COUNTS = (
    select(jobs.c.run_id, jobs.c.outcome, func.count().label("number"))
    .where(among(jobs.c.run_id, "np_runs"), jobs.c.outcome.is_not(None))
    .group_by(jobs.c.run_id, jobs.c.outcome)
)

_COUNT_DOWN = (
    update(runs)
    .where(runs.c.id == bindparam("np_run"))
    .values(unfinished=runs.c.unfinished - bindparam("np_done"), events=runs.c.events + bindparam("np_told"))
    .returning(runs.c.unfinished, runs.c.events)
)


def count_down(connection: Connection, concluded: Mapping[str, int], news: News) -> None:
    """Take concluded jobs off their runs' counts; the run that reaches zero gets its verdict and is told of."""
    for run, number in sorted(concluded.items()):
        asked = {"np_run": run, "np_done": number, "np_told": news.unnumbered(run)}
        left, told = connection.execute(_COUNT_DOWN, asked).one()
        if left == 0:
            counts = _counts(connection, [run])[run]
            result = verdict(counts)
            connection.execute(_FINISH, {"np_run": run, "np_verdict": result.value})
            news.add(run, EventKind.RUN_FINISHED, verdict=result.value, counts=counts)
            told += 1
        news.number(run, told)


def recalled(known: tuple[str, str], key: str, fingerprint: str) -> str:
    """Return the id of the run known under a key if this request is the one it was; raise InvalidParameters if not.

    Fingerprints are words, one for each way to say the request: one in common is enough.
    """
    run, before = known
    if set(before.split()).isdisjoint(fingerprint.split()):
        raise InvalidParameters(
            "request",
            [f"idempotency key {key!r} was used for another request, run {run}"],
            hint="use a new key for a new request",
        )
    return run


def _known(connection: Connection, new: NewRun) -> str | None:
    if new.idempotency_key is None:
        return None
    known = _under_key(connection, new.caller, new.idempotency_key)
    return None if known is None else recalled(known, new.idempotency_key, new.fingerprint)


def _under_key(connection: Connection, caller: str, key: str) -> tuple[str, str] | None:
    row = connection.execute(
        select(runs.c.id, runs.c.fingerprint).where(runs.c.caller == caller, runs.c.idempotency_key == key)
    ).first()
    return None if row is None else (str(row.id), str(row.fingerprint))


def _counts(connection: Connection, ids: Sequence[str]) -> dict[str, dict[Outcome, int]]:
    counts: dict[str, dict[Outcome, int]] = {}
    for row in connection.execute(_COUNTS, {"np_runs": list(ids)}) if ids else ():
        counts.setdefault(row.run_id, {})[Outcome(row.outcome)] = row.number
    return counts


def _run(row: Mapping[Any, Any], shown: Mapping[str, Any], counts: Mapping[Outcome, int]) -> Run:
    same = (
        "id", "runbook", "target", "changes", "caller", "priority", "revision", "schedule", "repeats",
        "accepted_at", "deadline_at", "finished_at", "devices", "unfinished", "outputs_removed_at", "events_removed_at",
        "override_window",
    )  # fmt: skip
    return Run(
        **{name: row[name] for name in same},
        parameters=shown,
        counts=counts,
        verdict=Verdict(row["verdict"]) if row["verdict"] else None,
    )
