"""Which node owns which device, and how devices change hands: one row each, moved by compare-and-swap."""

from collections.abc import Mapping, Sequence
from itertools import batched

from sqlalchemy import ColumnElement, Connection, exists, func, or_, select, update

from netpulse_core.ledger.database import Database, again_if_beaten, clock, now
from netpulse_core.ledger.tables import devices, held, jobs, nodes, placements, queued
from netpulse_core.model.node import Owned
from netpulse_core.model.runbook import Queue

AT_ONCE = 500
"""Devices handed over in one look: the next look takes the others."""


class Placements:
    """The owners of devices."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def leads(self, node: str) -> bool:
        """Whether this node moves devices: of those on its site revision that may own any, it is the oldest."""
        with self._database.read() as connection:
            return _leads(connection, node)

    def orphans(self, revision: str) -> list[str]:
        """Return devices with work for this site revision and no node to do it."""
        mine = jobs.c.queue == Queue.NODE.value, jobs.c.revision == revision
        with self._database.read() as connection:
            # Read first: to PostgreSQL its clock is another at each row, and it looked at nodes for each job queued.
            able = connection.scalars(select(nodes.c.id).where(nodes.c.revision == revision, *_able())).all()
            served = exists().where(placements.c.device_key == jobs.c.device_key, placements.c.node.in_(able))
            orphaned = select(jobs.c.device_key).where(queued(), *mine, ~served).distinct().limit(AT_ONCE)
            return list(connection.scalars(orphaned))

    def left_behind(self, revision: str, *, by_the_dead: bool) -> list[str]:
        """Return devices of nodes of this revision that are stopping, and on demand of those that died.

        What a stopping node is still at work on stays with it.
        """
        stopping = nodes.c.draining & (nodes.c.lease_until > now()) & _is_let_alone()
        left = or_(stopping, nodes.c.lease_until <= now()) if by_the_dead else stopping
        query = (
            select(placements.c.device_key)
            .join(nodes, nodes.c.id == placements.c.node)
            .where(nodes.c.revision == revision, left)
            .order_by(placements.c.device_key)
            .limit(AT_ONCE)
        )
        with self._database.read() as connection:
            return list(connection.scalars(query))

    def idle(self, node: str) -> list[str]:
        """Return the devices of a node that it is not at work on."""
        query = select(placements.c.device_key).where(placements.c.node == node, _is_let_alone())
        with self._database.read() as connection:
            return list(connection.scalars(query.order_by(placements.c.device_key)))

    def owned(self, revision: str, *, settled: float) -> list[Owned]:
        """Return the devices of living nodes of a revision that were placed so many seconds ago, longest ago first."""
        query = (
            select(placements.c.device_key, placements.c.node)
            .join(nodes, nodes.c.id == placements.c.node)
            .where(nodes.c.revision == revision, *_able(), placements.c.placed_at <= now() - settled)
            .order_by(placements.c.placed_at, placements.c.device_key)
        )
        with self._database.read() as connection:
            return [Owned(key=row.device_key, node=row.node) for row in connection.execute(query)]

    def elsewhere(self, node: str, keys: Sequence[str]) -> set[str]:
        """Return which of these devices belong to another living node."""
        other = placements.c.node.in_(select(nodes.c.id).where(*_able())), placements.c.node != node
        query, found = select(placements.c.device_key).where(*other), set[str]()
        with self._database.read() as connection:
            for some in batched(keys, AT_ONCE):
                found.update(connection.scalars(query.where(placements.c.device_key.in_(some))))
        return found

    @again_if_beaten
    def move(self, by: str, moves: Mapping[str, tuple[str, str]]) -> list[str]:
        """Move devices from one node to another and return those that were; only the node that leads may.

        One that a job holds stays: its owner has it in hand. One that has another owner by now stays too.
        """
        with self._database.write() as connection:
            if not _leads(connection, by):
                return []
            free = _free(connection, sorted(moves))
            # In the order in which everyone waits for placements.
            rows = connection.execute(
                select(placements.c.device_key, placements.c.node)
                .where(placements.c.device_key.in_(free))
                .order_by(placements.c.device_key)
                .with_for_update(key_share=True)
            )
            moved = [row.device_key for row in rows if row.node == moves[row.device_key][0]]
            able = set(connection.scalars(select(nodes.c.id).where(*_able())))
            moved = [key for key in moved if moves[key][1] in able]
            at = clock(connection)
            for node in sorted({moves[key][1] for key in moved}):
                keys = [key for key in moved if moves[key][1] == node]
                connection.execute(
                    update(placements).where(placements.c.device_key.in_(keys)).values(node=node, placed_at=at)
                )
            return moved


def _able() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a node that may own devices."""
    return (nodes.c.lease_until > now(), nodes.c.draining.is_(False), nodes.c.fifo_only.is_(False))


def _is_let_alone() -> ColumnElement[bool]:
    """Whether no job holds the device of a placement; as a list, made once, not by walking the jobs for each device."""
    return placements.c.device_key.not_in(select(jobs.c.device_key).where(held()))


def _leads(connection: Connection, node: str) -> bool:
    mine = select(nodes.c.revision).where(nodes.c.id == node).scalar_subquery()
    return bool(connection.scalar(select(func.min(nodes.c.id) == node).where(nodes.c.revision == mine, *_able())))


def _free(connection: Connection, keys: Sequence[str]) -> list[str]:
    """Lock devices, as a claim does, and return those that no job holds."""
    locked = connection.scalars(
        select(devices.c.key)
        .where(devices.c.key.in_(keys))
        .order_by(devices.c.key)
        .with_for_update(skip_locked=True, key_share=True)
    ).all()
    taken = set(connection.scalars(select(jobs.c.device_key).where(jobs.c.device_key.in_(locked), held())))
    return [key for key in locked if key not in taken]
