"""What the type of a parameter holds, however deep."""

from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any, TypeAliasType, get_args, get_type_hints, is_typeddict

from pydantic import BaseModel


def holds(annotation: Any, *kinds: type) -> bool:
    """Whether this is one of these types, or holds one: in a list, an alias, a model, a dataclass or a TypedDict."""
    return any(isinstance(one, type) and issubclass(one, kinds) for one in _within(annotation))


def _within(annotation: Any) -> Iterator[Any]:
    left, seen = [annotation], list[Any]()
    while left:
        one = left.pop()
        if any(one is known for known in seen):  # by identity: what stands in Annotated need not be comparable
            continue
        seen.append(one)
        yield one
        left += get_args(one)
        if isinstance(one, TypeAliasType):
            left.append(one.__value__)
        elif isinstance(one, type):
            left += _fields(one)


def _fields(kind: type) -> list[Any]:
    if issubclass(kind, BaseModel):
        return [field.annotation for field in kind.model_fields.values()]
    if is_dataclass(kind) or is_typeddict(kind) or (issubclass(kind, tuple) and hasattr(kind, "_fields")):
        try:
            return list(get_type_hints(kind, include_extras=True).values())
        except NameError:  # a name that is there for type checkers alone: pydantic says so itself
            return []
    return []
