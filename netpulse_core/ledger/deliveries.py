"""Deliveries: events on their way to endpoints, written at least once, tried until they arrive or are given up."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, literal_column, or_, select, update
from ulid import ULID

from netpulse_core.errors import Conflict, NotFound
from netpulse_core.ledger import audit
from netpulse_core.ledger.database import Database, again_if_beaten, clock, now
from netpulse_core.ledger.hookevents import causes_of
from netpulse_core.ledger.observers import Observers, free_for
from netpulse_core.ledger.telltables import deliveries
from netpulse_core.ledger.texts import storable
from netpulse_core.model.events import Event
from netpulse_core.model.notifier import TEST, Delivery, DeliveryState, Endpoint, Outgoing

AT_ONCE = 500
"""Events that are looked at in one transaction."""

KEPT = 30 * 86_400.0
"""Seconds that a delivery is kept, whatever became of it."""

_WAITING = deliveries.c.state == literal_column("'waiting'")  # as the index says it, for SQLite


class Deliveries:
    """What is to be sent, and what became of it."""

    def __init__(self, database: Database, observers: Observers) -> None:
        self._database = database
        self._observers = observers

    def gather(self, notifier: str, endpoints: Sequence[Endpoint]) -> None:
        """Write a delivery of each new event for each endpoint that wants it."""

        def write(connection: Connection, happened: Sequence[Event]) -> None:
            at = clock(connection)
            causes = causes_of(connection, {event.run for event in happened if event.run})
            wanted = [(one, event) for event in happened for one in endpoints if event.kind.value in one.kinds]
            rows = [_row(one, event, at, causes.get(event.run, [])) for one, event in wanted]
            if rows:
                connection.execute(insert(deliveries), rows)

        while self._observers.pass_on(notifier, AT_ONCE, write) == AT_ONCE:
            pass

    def due(self, endpoints: Collection[str], node: str) -> list[str]:
        """Return those of these endpoints that this node could send something now."""
        query = select(deliveries.c.endpoint).where(deliveries.c.endpoint.in_(endpoints), *_ready(node)).distinct()
        with self._database.read() as connection:
            return list(connection.scalars(query))

    @again_if_beaten
    def claim(self, endpoint: str, node: str) -> Outgoing | None:
        """Take the oldest delivery of an endpoint that is due; the attempt counts from now on, whatever comes of it."""
        oldest = (
            select(deliveries.c.id)
            .where(deliveries.c.endpoint == endpoint, *_ready(node))
            .order_by(deliveries.c.due_at, deliveries.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        with self._database.write() as connection:
            taken = connection.scalar(oldest)
            if taken is None:
                return None
            row = connection.execute(
                update(deliveries)
                .where(deliveries.c.id == taken)
                .values(holder=node, attempts=deliveries.c.attempts + 1)
                .returning(deliveries.c.id, deliveries.c.kind, deliveries.c.body, deliveries.c.attempts)
            ).one()
        return Outgoing(id=row.id, endpoint=endpoint, kind=row.kind, body=row.body, attempt=row.attempts)

    def delivered(self, outgoing: Outgoing, node: str, answer: str) -> None:
        """Write down that it has arrived."""
        state = DeliveryState.DELIVERED.value
        self._conclude(outgoing, node, state=state, delivered_at=now(), answer=storable(answer), problem="")

    def failed(self, outgoing: Outgoing, node: str, problem: str, retry_in: float | None) -> None:
        """Write down why it has not arrived, and try again in so many seconds; None gives it up."""
        dead = {"state": DeliveryState.DEAD.value} if retry_in is None else {"due_at": now() + retry_in}
        self._conclude(outgoing, node, problem=storable(problem), **dead)

    def page(
        self, *, endpoint: str | None = None, state: str | None = None, before: str | None = None, limit: int = 50
    ) -> list[Delivery]:
        """Return deliveries, newest first; `before` is the last id of the page before."""
        wanted = [] if before is None else [deliveries.c.id < before]  # ids sort by the time they were made
        wanted += [deliveries.c[name] == value for name, value in (("endpoint", endpoint), ("state", state)) if value]
        query = select(deliveries).where(*wanted).order_by(deliveries.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            return [_delivery(row) for row in connection.execute(query).mappings()]

    def one(self, delivery: str) -> Delivery:
        """Return one delivery, or raise NotFound."""
        with self._database.read() as connection:
            row = connection.execute(select(deliveries).where(deliveries.c.id == delivery)).mappings().first()
        if row is None:
            raise NotFound("delivery", delivery)
        return _delivery(row)

    def replay(self, delivery: str, caller: str) -> Delivery:
        """Send a delivery once more, under its own id, with as many attempts as a new one; Conflict where it waits."""
        with self._database.write() as connection:
            row = connection.execute(
                select(deliveries.c.state).where(deliveries.c.id == delivery).with_for_update()
            ).first()
            if row is None:
                raise NotFound("delivery", delivery)
            if row.state == DeliveryState.WAITING.value:
                raise Conflict(f"delivery {delivery} is on its way already")
            connection.execute(
                update(deliveries)
                .where(deliveries.c.id == delivery)
                .values(state=DeliveryState.WAITING.value, attempts=0, due_at=now(), holder=None)
            )
            audit.record(connection, caller, "delivery.replayed", delivery, {"was": row.state})
        return self.one(delivery)

    def test(self, endpoint: str, caller: str) -> Delivery:
        """Write a delivery that tells nothing but that an endpoint can be reached."""
        with self._database.write() as connection:
            at = clock(connection)
            row = _written(endpoint, TEST, at, at, {"caller": caller})
            connection.execute(insert(deliveries).values(row))
            audit.record(connection, caller, "webhook.tested", endpoint, {"delivery": row["id"]})
        return self.one(row["id"])

    def _conclude(self, outgoing: Outgoing, node: str, **values: Any) -> None:
        mine = deliveries.c.id == outgoing.id, deliveries.c.holder == node, deliveries.c.attempts == outgoing.attempt
        with self._database.write() as connection:
            connection.execute(update(deliveries).where(*mine, _WAITING).values(holder=None, **values))


def forget(connection: Connection, at: float) -> int:
    """Remove a piece of the deliveries that are too old; one that waits and was due lately is still tried."""
    since = at - KEPT
    oldest_kept = str(ULID.from_timestamp(since)).lower()
    untried = deliveries.c.due_at < since  # nobody has its endpoint any more; a replay would be due since then
    old = select(deliveries.c.id).where(deliveries.c.id < oldest_kept, or_(~_WAITING, untried))
    ids = connection.scalars(old.order_by(deliveries.c.id).limit(AT_ONCE)).all()
    return connection.execute(delete(deliveries).where(deliveries.c.id.in_(ids))).rowcount if ids else 0


def _ready(node: str) -> Iterable[ColumnElement[bool]]:
    return _WAITING, deliveries.c.due_at <= now(), free_for(node, deliveries.c.holder)


def _row(endpoint: Endpoint, event: Event, at: float, causes: Sequence[str]) -> dict[str, Any]:
    data = asdict(event)
    row = _written(endpoint.name, event.kind.value, data.pop("at"), at, data, causes)
    return row | {"run_id": event.run, "number": event.number}


def _written(
    endpoint: str, kind: str, happened: float, at: float, data: Mapping[str, Any], causes: Sequence[str] = ()
) -> dict[str, Any]:
    timestamp = datetime.fromtimestamp(happened, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body = {"type": kind, "timestamp": timestamp, **({"cause": list(causes)} if causes else {}), "data": data}
    return {
        "id": str(ULID()).lower(),
        "endpoint": endpoint,
        "kind": kind,
        "run_id": None,
        "number": None,
        "body": json.dumps(body, separators=(",", ":")),
        "state": DeliveryState.WAITING.value,
        "attempts": 0,
        "created_at": at,
        "due_at": at,
        "answer": "",
        "problem": "",
    }


def _delivery(row: Mapping[Any, Any]) -> Delivery:
    same = ("id", "endpoint", "kind", "number", "attempts", "created_at", "due_at", "delivered_at", "answer", "problem")
    return Delivery(**{name: row[name] for name in same}, run=row["run_id"], state=DeliveryState(row["state"]))
