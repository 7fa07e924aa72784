"""How far each plugin was told of events: every one has a position of its own, so that none holds up another.

The ids of events are taken before they are committed, so a plain "after the last id" would skip what commits late.
Each event is therefore given its position afterwards, by one transaction at a time: whoever sees one position sees
all before it.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, delete, exists, func, literal_column, or_, select, text, update

from netpulse_core.ledger.database import Database, again_if_beaten, now
from netpulse_core.ledger.facts import fact_of
from netpulse_core.ledger.outbox import event_of
from netpulse_core.ledger.tables import nodes, outbox, runs
from netpulse_core.ledger.telltables import observers
from netpulse_core.ledger.upsert import insert_missing
from netpulse_core.model.events import Event

AT_ONCE = 500
"""Events that are given a position in one transaction."""

FORGOTTEN = 86_400.0
"""Seconds until a plugin that no node has any more is no longer kept events for."""

_LOCK = 0x6E65_7475
"""PostgreSQL advisory lock: positions are given by one transaction after the other."""

_UNPLACED = outbox.c.position.is_(None)
_PLACED = outbox.c.position > literal_column("0")  # as the index says it, for SQLite


class Observers:
    """The plugins that are told, by name, and their positions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @again_if_beaten
    def attend(self, plugins: Collection[str]) -> None:
        """Say that a living node has these plugins, new ones to be told from now on; forget what none has had."""
        forgotten = observers.c.seen_at < now() - FORGOTTEN
        if not plugins:
            with self._database.read() as connection:
                if not connection.scalar(select(exists().where(forgotten))):
                    return  # the usual case costs no write transaction
        with self._database.write() as connection:
            known = set(connection.scalars(select(observers.c.plugin).order_by(observers.c.plugin).with_for_update()))
            if not known:
                connection.execute(update(outbox).where(_UNPLACED).values(position=0))
            new = [name for name in sorted(plugins) if name not in known]
            if new:
                rows = [{"plugin": name, "position": _last(connection), "seen_at": 0.0} for name in new]
                insert_missing(connection, observers, rows)
            connection.execute(update(observers).where(observers.c.plugin.in_(plugins)).values(seen_at=now()))
            connection.execute(delete(observers).where(forgotten))

    def due(self, plugins: Iterable[str], node: str) -> list[str]:
        """Return those of these plugins that this node could tell something now."""
        return self._waiting(plugins, _free_for(node))

    def waiting(self, plugins: Iterable[str]) -> list[str]:
        """Return those of these plugins that were not told of everything yet."""
        return self._waiting(plugins)

    def _waiting(self, plugins: Iterable[str], *where: ColumnElement[bool]) -> list[str]:
        news = or_(exists().where(_UNPLACED), exists().where(_PLACED, outbox.c.position > observers.c.position))
        query = select(observers.c.plugin).where(observers.c.plugin.in_(plugins), news, *where)
        with self._database.read() as connection:
            return list(connection.scalars(query.order_by(observers.c.plugin)))

    @again_if_beaten
    def turn(self, plugin: str, node: str, told: int, limit: int) -> list[tuple[int, Event]]:
        """Write down how far a node has told a plugin, and return what comes next with its positions.

        A plugin is told by one node at a time, by one that lives; to any other there is nothing to tell.
        """
        with self._database.write() as connection:
            at = connection.execute(
                select(observers.c.holder, observers.c.position)
                .where(observers.c.plugin == plugin, _free_for(node))
                .with_for_update()
            ).first()
            if at is None:
                return []
            # What another life has told counts no more: somebody may have gone on from where it stood.
            position = max(told, at.position) if at.holder == node else at.position
            self._place(connection)
            found = _after(connection, position, limit)
            connection.execute(
                update(observers)
                .where(observers.c.plugin == plugin)
                .values(position=position, holder=node if found else None)
            )
            return found

    @again_if_beaten
    def pass_on(self, name: str, limit: int, write: Callable[[Connection, Sequence[Event]], None]) -> int:
        """Let `write` keep what comes next for a name in the transaction that moves its position; return how many."""
        with self._database.write() as connection:
            position = connection.scalar(
                select(observers.c.position).where(observers.c.plugin == name).with_for_update()
            )
            if position is None:
                return 0
            self._place(connection)
            found = _after(connection, position, limit)
            if found:
                write(connection, [event for _, event in found])
                moved = update(observers).where(observers.c.plugin == name).values(position=found[-1][0])
                connection.execute(moved)
            return len(found)

    def told(self, plugin: str, node: str, position: int, *, go_on: bool) -> bool:
        """Write down how far a node has told a plugin; unless it goes on, others may. False: another does already."""
        holder = observers.c.holder if go_on else None
        later = case((observers.c.position > position, observers.c.position), else_=position)
        with self._database.write() as connection:
            held = connection.execute(
                update(observers)
                .where(observers.c.plugin == plugin, observers.c.holder == node)
                .values(position=later, holder=holder)
            )
            return held.rowcount == 1

    def _place(self, connection: Connection) -> None:
        if not self._database.sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        place = func.row_number().over(order_by=outbox.c.id) + _last(connection)
        found = select(outbox.c.id, place.label("place")).where(_UNPLACED).order_by(outbox.c.id).limit(AT_ONCE)
        placed = found.subquery()
        connection.execute(update(outbox).where(outbox.c.id == placed.c.id).values(position=placed.c.place))


def _free_for(node: str) -> ColumnElement[bool]:
    return free_for(node, observers.c.holder)


def free_for(node: str, holder: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a node may hold what this holder holds: it does already, or nobody does who lives."""
    living = exists().where(nodes.c.id == holder, nodes.c.lease_until > now())
    return or_(holder.is_(None), holder == node, ~living)


def _last(connection: Connection) -> int:
    # Of the plugins too: events that were told may have been deleted since.
    places: list[Any] = [select(func.max(outbox.c.position)).where(_PLACED), select(func.max(observers.c.position))]
    return max(connection.scalar(place) or 0 for place in places)


def _after(connection: Connection, position: int, limit: int) -> list[tuple[int, Event]]:
    query = (
        select(outbox, runs.c.runbook, runs.c.caller)
        .select_from(outbox.outerjoin(runs, runs.c.id == outbox.c.run_id))
        .where(_PLACED, outbox.c.position > position)
        .order_by(outbox.c.position)
        .limit(limit)
    )
    return [
        (row["position"], fact_of(event_of(row), runbook=row["runbook"] or "", caller=row["caller"] or ""))
        for row in connection.execute(query).mappings()
    ]
