"""Many rows by one statement.

psycopg sends a statement for each row, which costs PostgreSQL 60 to 80 microseconds every time; given as one JSON text,
64 rows take it half as long. SQLite is in the process, and takes rows one by one as quickly as any other way.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, bindparam, column, func, insert, select, update
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.sql.selectable import TableValuedAlias

_GIVEN: Any = bindparam("np_rows", type_=JSON)
_PREFIX = "np_new_"

FEW = 8
"""Rows below which a statement for each is no slower."""


class Inserting:
    """An INSERT of rows that all have these columns; `beside` are expressions that each row is given too."""

    def __init__(self, table: Table, names: Sequence[str], beside: Mapping[str, ColumnElement[Any]] | None = None):
        also = dict(beside or {})
        self._one = insert(table).values(also) if also else insert(table)
        rows = recordset([table.c[name] for name in names])
        asked = select(*(rows.c[name] for name in names), *also.values())
        self._many = insert(table).from_select([*names, *also], asked)

    def write(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert the rows in their order."""
        if not rows:
            return
        if as_one(connection, rows):
            connection.execute(self._many, {"np_rows": rows})
        else:
            connection.execute(self._one, list(rows))


class Updating:
    """An UPDATE of rows found by `key`, each to values of its own for these columns."""

    def __init__(self, table: Table, key: str, names: Sequence[str]):
        self._names = [key, *names]
        self._one = (
            update(table)
            .where(table.c[key] == bindparam(_PREFIX + key))
            .values({name: bindparam(_PREFIX + name) for name in names})
        )
        rows = recordset([table.c[name] for name in self._names])
        found = table.c[key] == rows.c[key]
        self._many = update(table).where(found).values({name: rows.c[name] for name in names})

    def write(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Update the rows, which the caller has locked in the order of all."""
        if not rows:
            return
        if as_one(connection, rows):
            connection.execute(self._many, {"np_rows": rows})
        else:
            connection.execute(self._one, [{_PREFIX + name: row[name] for name in self._names} for row in rows])


def recordset(columns: Sequence[Column[Any]]) -> TableValuedAlias:
    """Return the rows of the parameter `np_rows` as a table of these columns, on PostgreSQL."""
    typed = [column(one.name, one.type) for one in columns]
    return func.json_to_recordset(_GIVEN).table_valued(*typed, name="given").render_derived(with_types=True)


def as_one(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether these rows are better given by one statement than by one each."""
    return connection.dialect.name == "postgresql" and len(rows) > FEW
