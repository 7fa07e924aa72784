"""How large a ledger is, and what in it takes the room."""

from pathlib import Path

from sqlalchemy import func, select, text

from netpulse_core.errors import Refused
from netpulse_core.ledger.audittables import audit
from netpulse_core.ledger.database import Database
from netpulse_core.ledger.tables import blobs, file_chunks, jobs, outbox, outputs, runs
from netpulse_core.model.retention import Part

PARTS = {
    "runs": runs,
    "jobs": jobs,
    "outputs": outputs,
    "texts": blobs,
    "events": outbox,
    "files": file_chunks,
    "audit": audit,
}
"""What grows, by the word people know it by."""


class Sizes:
    """The room of a ledger, in bytes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def total(self) -> tuple[int, int | None]:
        """Return how large the ledger is, and how much of that holds nothing now, where the database says."""
        with self._database.read() as connection:
            if not self._database.sqlite:
                return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0), None
            page, pages, free = (
                int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
                for name in ("page_size", "page_count", "freelist_count")
            )
        log = Path(f"{self._database.url.database}-wal")
        return page * pages + (log.stat().st_size if log.exists() else 0), page * free

    def parts(self) -> list[Part]:
        """Return what grows, counted."""
        found = []
        with self._database.read() as connection:
            for name, table in PARTS.items():
                rows = connection.scalar(select(func.count()).select_from(table)) or 0
                size = None
                if not self._database.sqlite:
                    size = connection.scalar(text("SELECT pg_total_relation_size(:name)"), {"name": table.name})
                found.append(Part(name=name, rows=rows, size=size))
        return found

    def vacuum(self) -> None:
        """Give free room back to the file system; nobody else may use the ledger meanwhile."""
        if not self._database.sqlite:
            raise Refused(
                "PostgreSQL sees to its free room itself",
                hint="autovacuum lets it be used again; `VACUUM FULL` gives it back, and locks each table meanwhile",
            )
        # Not within a transaction, which VACUUM refuses.
        with self._database.alone() as connection:
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
