"""Many names as one bound value: SQLite binds at most 32,766 of them, and a site may have more devices."""

import json
from collections.abc import Collection

from sqlalchemy import Select, Text, column, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.expression import cast


def names_in(sqlite: bool, names: Collection[str]) -> Select[tuple[str]]:
    """Return the query that answers with these names."""
    text = json.dumps(sorted(names))
    if sqlite:
        return select(func.json_each(text).table_valued(column("value", Text)).c.value)
    found = func.jsonb_array_elements_text(cast(literal(text), JSONB)).table_valued(column("value", Text))
    return select(found.c.value)
