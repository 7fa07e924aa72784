"""INSERT that leaves what is already there alone, in both dialects."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_missing(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> int:
    """Insert the rows whose key is not there yet and return how many; for many rows the number is not exact."""
    if not rows:
        return 0
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    # Asked to keep the count, because psycopg forgets it with its cursor and would say -1.
    kept = {"preserve_rowcount": True}
    return connection.execute(make(table).on_conflict_do_nothing(), list(rows), execution_options=kept).rowcount
