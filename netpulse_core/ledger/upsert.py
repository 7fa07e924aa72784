"""INSERT that leaves what is already there alone, in both dialects."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_missing(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> int:
    """Insert the rows whose key is not there yet and return how many; for many rows the number is not exact."""
    if not rows:
        return 0
    # Asked to keep the count, because psycopg forgets it with its cursor and would say -1.
    kept = {"preserve_rowcount": True}
    statement = _statement(table, connection.dialect.name)
    return connection.execute(statement, list(rows), execution_options=kept).rowcount


@cache
def _statement(table: Table, dialect: str) -> Insert:
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return make(table).on_conflict_do_nothing()
