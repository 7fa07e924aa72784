"""Which runs a file belongs to that are there for a narrowed caller."""

from collections.abc import Collection

from sqlalchemy import select

from netpulse_core.ledger.database import Database
from netpulse_core.ledger.names import names_in
from netpulse_core.ledger.runs import Runs, Sight
from netpulse_core.ledger.tables import run_files, runs


class RunFiles:
    """Runs as the files of a narrowed caller are judged by them."""

    def __init__(self, database: Database, of: Runs) -> None:
        self._database = database
        self._runs = of

    def seen_among(self, ids: Collection[str], seen: Sight) -> frozenset[str]:
        """Return which of these runs are there for a narrowed caller."""
        query = select(runs.c.id).where(runs.c.id.in_(names_in(self._database.sqlite, ids)), self._runs.there(seen))
        with self._database.read() as connection:
            return frozenset(connection.scalars(query)) if ids else frozenset()

    def needs(self, digest: str, seen: Sight) -> bool:
        """Whether a run that is there for a narrowed caller needs a file of this hash."""
        query = select(runs.c.id).join(run_files, run_files.c.run_id == runs.c.id)
        with self._database.read() as connection:
            found = connection.scalar(query.where(run_files.c.sha256 == digest, self._runs.there(seen)).limit(1))
        return found is not None
