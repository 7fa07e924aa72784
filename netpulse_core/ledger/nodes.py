"""Nodes and what they own: leases by the database's clock, placements as rows."""

from collections.abc import Mapping, Sequence
from itertools import batched
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.orm import aliased

from netpulse_core.ledger.database import Database, again_if_beaten, clock, now
from netpulse_core.ledger.tables import held, jobs, nodes, placements
from netpulse_core.ledger.upsert import insert_missing
from netpulse_core.model.node import LEASE, Node
from netpulse_core.model.state import JobState

REMEMBERED = 3600.0
"""Seconds that a node which ended stays in the list."""

AT_ONCE = 500
"""Device keys in one question: SQLite binds at most 32,766 values in a statement."""


class Nodes:
    """The nodes of the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @again_if_beaten
    def join(
        self,
        node: str,
        *,
        name: str,
        revision: str,
        slots: int,
        fifo_only: bool,
        after: Sequence[str] = (),
        book: str | None = None,
    ) -> None:
        """Begin the life of a node that has read a book of windows.

        `after` are earlier ones of the same process, whose devices it inherits, and what runs there and nobody took.
        """
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
                    book=book,
                )
            )
            if after:
                mine = held(), jobs.c.node.in_(after), jobs.c.state == JobState.RUNNING.value
                running = select(jobs.c.id).where(*mine).order_by(jobs.c.id).with_for_update(key_share=True)
                ids = list(connection.scalars(running))
                connection.execute(update(jobs).where(jobs.c.id.in_(ids)).values(node=node))
                connection.execute(update(placements).where(placements.c.node.in_(after)).values(node=node))

    def heartbeat(self, node: str, *, sessions: int) -> bool:
        """Renew the lease; False says that it had ended, and with it the node's right to what it held."""
        with self._database.write() as connection:
            renewed = connection.execute(
                update(nodes)
                .where(nodes.c.id == node, nodes.c.lease_until > now(), *self._database.same_timeline())
                .values(seen_at=now(), lease_until=now() + LEASE, sessions=sessions)
            )
            if renewed.rowcount != 1:
                self._database.require_same_timeline(connection)
            return renewed.rowcount == 1

    def drain(self, node: str) -> None:
        """Say that the node claims nothing more."""
        with self._database.write() as connection:
            connection.execute(update(nodes).where(nodes.c.id == node).values(draining=True))

    @again_if_beaten
    def leave(self, node: str) -> None:
        """End the life of a node that holds nothing any more, and let its devices go."""
        with self._database.write() as connection:
            connection.execute(
                update(nodes)
                .where(nodes.c.id == node)
                .values(lease_until=now(), stopped_at=now(), draining=True, sessions=0)
            )
            connection.execute(placements.delete().where(placements.c.node == node))

    @again_if_beaten
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

    def unplaced(self, keys: Sequence[str], revision: str | None = None) -> list[str]:
        """Return which of these devices no living node owns, or none that works on this site revision."""
        owned: set[str] = set()
        with self._database.read() as connection:
            for some in batched(keys, AT_ONCE):
                mine = placements.c.device_key.in_(some), placements.c.node.in_(_living(revision))
                owned.update(connection.scalars(select(placements.c.device_key).where(*mine)))
        return [key for key in keys if key not in owned]

    def owner_of(self, keys: Sequence[str], revision: str) -> dict[str, str]:
        """Return which living node of this site revision owns each of these devices, those that one does."""
        with self._database.read() as connection:
            return owner_of(connection, keys, revision)

    @again_if_beaten
    def place(self, wanted: Mapping[str, str]) -> None:
        """Give devices to nodes; the ledger decides between proposals.

        What a living node of the same site revision owns stays with it. One of another revision gives way: it could
        not run the job the device is wanted for.
        """
        with self._database.write() as connection:
            at = clock(connection)
            for some in batched(sorted(wanted), AT_ONCE):
                rows = [{"device_key": key, "node": wanted[key], "placed_at": at} for key in some]
                insert_missing(connection, placements, rows)
                for node in sorted({wanted[key] for key in some}):
                    _give(connection, node, [key for key in some if wanted[key] == node], at)

    def owners(self, keys: Sequence[str]) -> dict[str, list[str]]:
        """Return which of these devices each node owns."""
        owned: dict[str, list[str]] = {}
        query = select(placements.c.node, placements.c.device_key)
        with self._database.read() as connection:
            for some in batched(keys, AT_ONCE):
                for row in connection.execute(query.where(placements.c.device_key.in_(some))):
                    owned.setdefault(row.node, []).append(row.device_key)
        return owned


def owner_of(connection: Connection, keys: Sequence[str], revision: str) -> dict[str, str]:
    """Return which living node of a site revision owns each of these devices, those that one does."""
    found: dict[str, str] = {}
    for some in batched(keys, AT_ONCE):
        rows = connection.execute(_OWNED, {"np_keys": list(some), "np_revision": revision})
        found.update({row.device_key: row.node for row in rows})
    return found


def _living(revision: Any = None) -> Any:
    """Return the ids of the nodes that may own devices, all or those on one site revision."""
    owns = nodes.c.lease_until > now(), nodes.c.draining.is_(False), nodes.c.fifo_only.is_(False)
    same = () if revision is None else (nodes.c.revision == revision,)
    return select(nodes.c.id).where(*owns, *same)


_OWNED = select(placements.c.device_key, placements.c.node).where(
    placements.c.device_key.in_(bindparam("np_keys", expanding=True)),
    placements.c.node.in_(_living(bindparam("np_revision"))),
)


def _give(connection: Connection, node: str, keys: Sequence[str], at: float) -> None:
    itself = aliased(nodes)
    revision = select(itself.c.revision).where(itself.c.id == node).scalar_subquery()
    free = placements.c.device_key.in_(keys), placements.c.node.not_in(_living(revision))
    query = (
        select(placements.c.device_key).where(*free).order_by(placements.c.device_key).with_for_update(key_share=True)
    )
    taken = list(connection.scalars(query))
    if taken:
        connection.execute(update(placements).where(placements.c.device_key.in_(taken)).values(node=node, placed_at=at))


def _node(row: Mapping[Any, Any]) -> Node:
    same = (
        "id", "name", "revision", "slots", "fifo_only", "started_at", "seen_at", "draining", "sessions",
        "devices", "running",
    )  # fmt: skip
    return Node(alive=bool(row["alive"]), **{name: row[name] for name in same})
