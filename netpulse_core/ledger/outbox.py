"""Events, written with the fact they tell; numbered per run under the run's row lock, so none is ever skipped."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, case, exists, null, or_, select, update

from netpulse_core.ledger.database import Database
from netpulse_core.ledger.lists import among
from netpulse_core.ledger.many import Inserting
from netpulse_core.ledger.tables import outbox, runs
from netpulse_core.ledger.telltables import observers
from netpulse_core.model.event import Event, EventKind

AT_ONCE = 500
"""Events of one answer."""

_WRITE = Inserting(
    outbox,
    ["run_id", "number", "kind", "device", "body", "at"],
    {"position": case((exists(select(observers.c.plugin)), null()), else_=0)},
)
"""An event that no plugin is to be told of is never looked at again; the ledger knows, not the process that writes."""


_NUMBER = (
    update(runs)
    .where(runs.c.id == bindparam("np_run"))
    .values(events=runs.c.events + bindparam("np_more"))
    .returning(runs.c.events)
)

_AFTER = (
    select(outbox)
    .where(outbox.c.run_id == bindparam("np_run"), outbox.c.number > bindparam("np_number"))
    .order_by(outbox.c.number)
    .limit(bindparam("np_most"))
)

_LOCK = select(runs.c.id).where(among(runs.c.id, "np_runs")).order_by(runs.c.id).with_for_update(key_share=True)


@dataclass(slots=True)
class News:
    """Events gathered in one transaction, to be numbered and written at its end."""

    facts: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    _numbered: dict[str, tuple[int, int]] = field(default_factory=dict)
    """How many facts of a run are numbered, and the last number."""

    def add(self, run: str, kind: EventKind, device: str | None = None, **body: Any) -> None:
        """Gather one fact about a run."""
        self.facts[run].append({"kind": kind.value, "device": device, "body": body})

    def unnumbered(self, run: str) -> int:
        """Return how many facts of a run are still to be numbered."""
        return len(self.facts[run]) - self._numbered.get(run, (0, 0))[0]

    def number(self, run: str, last: int) -> None:
        """Take note of the last number of a run's facts, counted by a statement that had more to say of it."""
        self._numbered[run] = len(self.facts[run]), last

    def write(self, connection: Connection, at: float) -> dict[str, int]:
        """Number and write what was gathered, and return the last number of each run before that.

        It locks each run's row, in key order, until the transaction ends.
        """
        rows: list[dict[str, Any]] = []
        before: dict[str, int] = {}
        for run, facts in sorted(self.facts.items()):
            if more := self.unnumbered(run):
                last = connection.scalar(_NUMBER, {"np_run": run, "np_more": more})
                assert last is not None, f"no run {run}"
                self.number(run, last)
            before[run] = self._numbered[run][1] - len(facts)
            rows += [{"run_id": run, "number": before[run] + n, "at": at, **fact} for n, fact in enumerate(facts, 1)]
        _WRITE.write(connection, rows)
        return before


def locked(connection: Connection, ids: Iterable[str]) -> None:
    """Lock runs in key order, all that a transaction will count down or tell of.

    Locked one by one as they come up, two transactions that both touch two runs would wait for each other.
    """
    # As everywhere here, `FOR NO KEY UPDATE`: a job updated twice in one transaction has its foreign key checked, which
    # takes `FOR KEY SHARE` on its run out of order, and only `FOR UPDATE` minds that.
    wanted = list(set(ids))
    if wanted and connection.dialect.name == "postgresql":  # SQLite has one lock, and who writes has it
        connection.execute(_LOCK, {"np_runs": wanted})


class Outbox:
    """What happened to a run, in order."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def after(self, run: str, number: int, limit: int = AT_ONCE) -> list[Event]:
        """Return the events of a run that follow `number`, at most `limit` of them."""
        asked = {"np_run": run, "np_number": number, "np_most": limit}
        with self._database.read() as connection:
            return [event_of(row) for row in connection.execute(_AFTER, asked).mappings()]

    def of_device(self, run: str, device: str, limit: int = 500) -> list[Event]:
        """Return the events of a run on one device and those of the run itself, the first of them."""
        mine = or_(outbox.c.device == device, outbox.c.device.is_(None))
        query = select(outbox).where(outbox.c.run_id == run, mine).order_by(outbox.c.number).limit(limit)
        with self._database.read() as connection:
            return [event_of(row) for row in connection.execute(query).mappings()]


def event_of(row: Mapping[Any, Any]) -> Event:
    """Return the event of a row."""
    return Event(
        run=row["run_id"],
        number=row["number"],
        kind=EventKind(row["kind"]),
        at=row["at"],
        device=row["device"],
        body=row["body"],
    )
