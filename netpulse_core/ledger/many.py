"""Many rows by one statement.

psycopg sends a statement for each row, which costs PostgreSQL 60 to 80 microseconds every time; given as one JSON text,
64 rows take it half as long. SQLite is in the process, and takes rows one by one as quickly as any other way.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    FromClause,
    Table,
    Text,
    bindparam,
    cast,
    column,
    func,
    insert,
    select,
    update,
)

type Row = Mapping[str, Any]

FEW = 8
"""Rows below which a statement for each is no slower."""

LARGEST = 1 << 20
"""Characters of texts and bytes in one statement: a value of PostgreSQL ends at 1 GB."""

_PREFIX = "np_new_"


class Given:
    """The rows of the parameter `np_rows`, as PostgreSQL reads them: a table of these columns, in the order given."""

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        # As text, or every NUL within it would be read, and refused; stored as JSON it is only looked over.
        self._json = frozenset(name for name in names if isinstance(table.c[name].type, JSON))
        typed = [column(name, Text() if name in self._json else table.c[name].type) for name in names]
        given = func.json_to_recordset(bindparam("np_rows", type_=JSON)).table_valued(*typed)
        self.rows: FromClause = given.render_derived(name="given", with_types=True)
        self.values: dict[str, ColumnElement[Any]] = {
            name: cast(self.rows.c[name], JSON) if name in self._json else self.rows.c[name] for name in names
        }

    def parameter(self, rows: Sequence[Row]) -> dict[str, Any]:
        """Return the parameter of these rows."""
        return {"np_rows": [{name: self._value(name, row[name]) for name in self.values} for row in rows]}

    def _value(self, name: str, value: Any) -> Any:
        if isinstance(value, bytes):
            return f"\\x{value.hex()}"
        return value if value is None or name not in self._json else json.dumps(value)


class Inserting:
    """An INSERT of rows that all have these columns; `beside` are expressions that each row is given too."""

    def __init__(self, table: Table, names: Sequence[str], beside: Mapping[str, ColumnElement[Any]] | None = None):
        also = dict(beside or {})
        self._one = insert(table).values(also) if also else insert(table)
        self._given = Given(table, names)
        self._many = insert(table).from_select([*names, *also], select(*self._given.values.values(), *also.values()))

    def write(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Insert the rows in their order."""
        for some, as_one in pieces(connection, rows):
            if as_one:
                connection.execute(self._many, self._given.parameter(some))
            else:
                connection.execute(self._one, list(some))


class Updating:
    """An UPDATE of rows found by `key`, each to values of its own for these columns."""

    def __init__(self, table: Table, key: str, names: Sequence[str]):
        self._names = [key, *names]
        self._one = (
            update(table)
            .where(table.c[key] == bindparam(_PREFIX + key))
            .values({name: bindparam(_PREFIX + name, type_=table.c[name].type) for name in names})
        )
        self._given = Given(table, self._names)
        found = table.c[key] == self._given.values[key]
        self._many = update(table).where(found).values({name: self._given.values[name] for name in names})

    def write(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Update the rows, which the caller has locked in the order of all."""
        for some, as_one in pieces(connection, rows):
            if as_one:
                connection.execute(self._many, self._given.parameter(some))
            else:
                connection.execute(self._one, [{_PREFIX + name: row[name] for name in self._names} for row in some])


def pieces(connection: Connection, rows: Sequence[Row]) -> Iterator[tuple[Sequence[Row], bool]]:
    """Yield rows by what one statement may hold, in their order, each with whether it is better given as one."""
    if connection.dialect.name != "postgresql" or len(rows) <= FEW:
        if rows:
            yield rows, False
        return
    some: list[Row] = []
    size = 0
    for row in rows:
        more = sum(len(value) for value in row.values() if isinstance(value, str | bytes))
        if some and size + more > LARGEST:
            yield some, len(some) > FEW
            some, size = [], 0
        some.append(row)
        size += more
    yield some, len(some) > FEW
