"""INSERT that leaves what is already there alone, in both dialects."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from netpulse_core.ledger.many import Given, pieces


def insert_missing(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> int:
    """Insert the rows whose key is not there yet and return how many; for many rows the number is not exact."""
    if not rows:
        return 0
    # Asked to keep the count, because psycopg forgets it with its cursor and would say -1.
    kept = {"preserve_rowcount": True}
    many, given = _many(table, tuple(rows[0]))
    one = _statement(table, connection.dialect.name)
    fresh = 0
    for some, as_one in pieces(connection, rows):
        values = given.parameter(some) if as_one else [dict(row) for row in some]
        fresh += connection.execute(many if as_one else one, values, execution_options=kept).rowcount
    return fresh


@cache
def _statement(table: Table, dialect: str) -> Insert:
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return make(table).on_conflict_do_nothing()


@cache
def _many(table: Table, names: tuple[str, ...]) -> tuple[Insert, Given]:
    given = Given(table, names)
    made = postgresql.insert(table).from_select(names, select(*given.values.values()))
    return made.on_conflict_do_nothing(), given
