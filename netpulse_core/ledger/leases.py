"""Chores that one process at a time does for all: whoever holds the lease goes on, and another once it fell silent."""

from sqlalchemy import or_, update

from netpulse_core.ledger.choretables import chores
from netpulse_core.ledger.database import Database, again_if_beaten, clock
from netpulse_core.ledger.upsert import insert_missing

LEASE = 60.0
"""Seconds after which another may go on."""


class Leases:
    """The leases of the ledger, by the names of chores."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @again_if_beaten
    def take(self, name: str, holder: str) -> bool:
        """Take a lease, or renew one's own; False where another holds it."""
        fresh = {"name": name, "holder": "", "lease_until": 0.0, "due_at": 0.0, "in_hand": [], "removed": {}}
        with self._database.write() as connection:
            at = clock(connection)
            insert_missing(connection, chores, [fresh])
            free = or_(chores.c.lease_until <= at, chores.c.holder == holder)
            taken = update(chores).where(chores.c.name == name, free).values(holder=holder, lease_until=at + LEASE)
            return connection.execute(taken).rowcount == 1
