"""Nodes and what they own: leases by the database's clock, placements as rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import exists, func, insert, select, update

from netpulse_core.ledger.database import Database, again_if_beaten, now
from netpulse_core.ledger.tables import held, jobs, nodes, placements, queued
from netpulse_core.ledger.upsert import insert_missing
from netpulse_core.model.node import LEASE, Node
from netpulse_core.model.runbook import Queue

REMEMBERED = 3600.0
"""Seconds that a node which ended stays in the list."""


AT_ONCE = 500
"""Device keys in one question."""


class Nodes:
    """The nodes of the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def join(self, node: str, *, name: str, revision: str, slots: int, fifo_only: bool) -> None:
        """Begin the life of a node."""
        with self._database.write() as connection:
            connection.execute(
                insert(nodes).values(
                    id=node,
                    name=name,
                    revision=revision,
                    slots=slots,
                    fifo_only=fifo_only,
                    started_at=now(),
                    seen_at=now(),
                    lease_until=now() + LEASE,
                    draining=False,
                    sessions=0,
                )
            )

    def heartbeat(self, node: str, *, sessions: int) -> bool:
        """Renew the lease; False says that it had ended, and with it the node's right to what it held."""
        with self._database.write() as connection:
            renewed = connection.execute(
                update(nodes)
                .where(nodes.c.id == node, nodes.c.lease_until > now())
                .values(seen_at=now(), lease_until=now() + LEASE, sessions=sessions)
            )
            return renewed.rowcount == 1

    def drain(self, node: str) -> None:
        """Say that the node claims nothing more."""
        with self._database.write() as connection:
            connection.execute(update(nodes).where(nodes.c.id == node).values(draining=True))

    def leave(self, node: str) -> None:
        """End the life of a node that holds nothing any more, and let its devices go."""
        with self._database.write() as connection:
            connection.execute(
                update(nodes)
                .where(nodes.c.id == node)
                .values(lease_until=now(), stopped_at=now(), draining=True, sessions=0)
            )
            connection.execute(placements.delete().where(placements.c.node == node))

    def bury(self) -> None:
        """End every node's lease: whoever owns the whole site knows that no other process of it lives."""
        with self._database.write() as connection:
            connection.execute(update(nodes).where(nodes.c.lease_until > now()).values(lease_until=now()))

    def recent(self) -> Sequence[Node]:
        """Return living nodes and those that ended within the last hour, the newest first."""
        owned = select(func.count()).where(placements.c.node == nodes.c.id).scalar_subquery()
        running = select(func.count()).where(jobs.c.node == nodes.c.id, held()).scalar_subquery()
        query = (
            select(
                nodes,
                (nodes.c.lease_until > now()).label("alive"),
                owned.label("devices"),
                running.label("running"),
            )
            .where(nodes.c.lease_until > now() - REMEMBERED)
            .order_by(nodes.c.started_at.desc())
        )
        with self._database.read() as connection:
            return [_node(row) for row in connection.execute(query).mappings()]

    def unplaced(self, keys: Sequence[str]) -> list[str]:
        """Return which of these devices no living node owns."""
        owned = {key for owned in self._owned(keys, living=True).values() for key in owned}
        return [key for key in keys if key not in owned]

    @again_if_beaten
    def place(self, wanted: Mapping[str, str]) -> None:
        """Give devices to nodes, where no living node owns them yet; the ledger decides between proposals."""
        living = select(nodes.c.id).where(nodes.c.lease_until > now(), nodes.c.draining.is_(False))
        keys = sorted(wanted)
        with self._database.write() as connection:
            for start in range(0, len(keys), AT_ONCE):
                some = keys[start : start + AT_ONCE]
                rows = [{"device_key": key, "node": wanted[key], "placed_at": 0.0} for key in some]
                insert_missing(connection, placements, rows)
                for node in sorted({wanted[key] for key in some}):
                    connection.execute(
                        update(placements)
                        .where(
                            placements.c.device_key.in_([key for key in some if wanted[key] == node]),
                            placements.c.node.not_in(living),
                        )
                        .values(node=node, placed_at=now())
                    )

    @again_if_beaten
    def adopt(self, node: str, limit: int = 500) -> int:
        """Take devices with waiting work that no living node owns; return how many."""
        living = select(nodes.c.id).where(nodes.c.lease_until > now(), nodes.c.draining.is_(False))
        orphaned = (
            select(jobs.c.device_key)
            .where(
                queued(),
                jobs.c.queue == Queue.NODE.value,
                ~exists().where(placements.c.device_key == jobs.c.device_key, placements.c.node.in_(living)),
            )
            .distinct()
            .limit(limit)
        )
        with self._database.read() as connection:
            keys = list(connection.scalars(orphaned))
        if keys:
            self.place(dict.fromkeys(keys, node))
        return len(keys)

    def owners(self, keys: Sequence[str]) -> dict[str, list[str]]:
        """Return which of these devices each node owns."""
        return self._owned(keys, living=False)

    def _owned(self, keys: Sequence[str], *, living: bool) -> dict[str, list[str]]:
        query = select(placements.c.node, placements.c.device_key)
        if living:
            query = query.join(nodes, nodes.c.id == placements.c.node).where(
                nodes.c.lease_until > now(), nodes.c.draining.is_(False)
            )
        owned: dict[str, list[str]] = {}
        with self._database.read() as connection:
            for start in range(0, len(keys), AT_ONCE):
                some = keys[start : start + AT_ONCE]
                for row in connection.execute(query.where(placements.c.device_key.in_(some))):
                    owned.setdefault(row.node, []).append(row.device_key)
        return owned


def _node(row: Mapping[Any, Any]) -> Node:
    same = (
        "id", "name", "revision", "slots", "fifo_only", "started_at", "seen_at", "draining", "sessions",
        "devices", "running",
    )  # fmt: skip
    return Node(alive=bool(row["alive"]), **{name: row[name] for name in same})
