"""Who did what, written in the transaction of the fact."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select

from netpulse_core.ledger.database import Database, now
from netpulse_core.ledger.tables import audit


def record(connection: Connection, actor: str, action: str, thing: str, body: Mapping[str, Any]) -> None:
    """Write one record; `thing` is the id of what was acted on."""
    connection.execute(
        insert(audit).values(
            at=select(now()).scalar_subquery(), actor=actor, action=action, object=thing, body=dict(body)
        )
    )


class Audit:
    """The records, newest first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self, limit: int = 100) -> list[dict[str, Any]]:
        """Return the newest records."""
        with self._database.read() as connection:
            rows = connection.execute(select(audit).order_by(audit.c.id.desc()).limit(limit)).mappings()
            return [dict(row) for row in rows]
