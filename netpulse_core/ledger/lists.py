"""Lists as one value of a statement, where the database has lists: so it is one statement, however long they are.

Written out as `IN (1, 2, 3)`, each length is another one, to be built, taken apart and planned anew.
"""

from typing import Any

from sqlalchemy import ColumnElement, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NULLTYPE


class among(FunctionElement[Any]):  # noqa: N801  it reads as SQL, in statements
    """Whether a column is one of the values that the parameter of this name holds."""

    # Not Boolean, which SQLite has not: it would be written `... = 1`, and no index is seen past that.
    type = NULLTYPE
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        super().__init__(column, bindparam(name, type_=ARRAY(column.type)))


@compiles(among, "postgresql")
def _among_postgresql(element: among, compiler: Any, **options: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **options)} = ANY ({compiler.process(values, **options)})"


@compiles(among)
def _among(element: among, compiler: Any, **options: Any) -> str:
    column, values = element.clauses
    return str(compiler.process(column.in_(bindparam(values.key, type_=column.type, expanding=True)), **options))
