"""References to secrets, and the parameter of a runbook that takes nothing else."""

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ValidationError, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError, PydanticSerializationError

SCHEMES = frozenset({"env", "file", "secret", "vault"})
IN_CLEAR = "secret_in_clear"
"""The type of the problem with a value that is no reference."""

_NO_SCHEMA = frozenset({"metadata", "default"})
_REFERENCE = re.compile(rf"(?:(?:{'|'.join(sorted(SCHEMES))}):|[a-z][a-z0-9+-]+://)\S(?:[^\r\n]*\S)?")


def is_reference(value: object) -> bool:
    """Whether this names a secret that is kept elsewhere."""
    return isinstance(value, str) and _REFERENCE.fullmatch(value) is not None


def _taken(value: str, info: ValidationInfo) -> str:
    if not is_reference(value):
        raise PydanticCustomError(
            IN_CLEAR, "it takes a reference to a secret, as secret:NAME or env:NAME, and never the secret itself"
        )
    resolve: Callable[[str], str] | None = (info.context or {}).get("resolve")
    return value if resolve is None else resolve(value)


Secret = Annotated[str, AfterValidator(_taken), WithJsonSchema({"type": "string", "format": "secret"})]
"""A parameter that is given as a reference and arrives as the secret: for a type checker, a `str`.

Only the reference is recorded with the run. It is resolved in the worker, when the job begins.
"""


def secret_fields(model: type[BaseModel]) -> frozenset[str]:
    """Return the fields of a model that are secrets, or hold some however deep: in a model, a mapping, an alias."""
    schema: Any = model.__pydantic_core_schema__
    known = {one["ref"]: one for one in _within(schema, {}) if isinstance(one.get("ref"), str)}
    while schema["type"] != "model-fields":
        schema = schema["schema"]
    # What pydantic will call is asked, and not the annotation: it alone has followed every type to its end.
    return frozenset(
        name
        for name, field in schema["fields"].items()
        if any(one.get("function") is _taken for one in _within(field, known))
    )


def references(model: type[BaseModel], name: str, value: object) -> list[str]:
    """Return each reference that would be resolved were this the value of a field, in the order of the value."""
    found: list[str] = []

    def note(reference: str) -> str:
        found.append(reference)
        return reference

    one = model.model_construct()
    with suppress(ValidationError, PydanticSerializationError):  # what is wrong with it is said elsewhere
        model.__pydantic_validator__.validate_assignment(one, name, value, context={"resolve": note})
        _read(one.model_dump(include={name}, warnings=False))  # as Python has it: JSON has no words for every value
    return found


def plain(value: object) -> object:
    """Return what a script gives as a request would give it; what can be read only once is left unread."""
    if isinstance(value, BaseModel):
        value = dict(value)
    elif is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    return None if isinstance(value, Iterator) else value


def _read(value: object) -> None:
    """Read what is validated only while it is read: each iterator to its end, or to what is wrong with it."""
    parts = value.values() if isinstance(value, Mapping) else value
    if isinstance(value, Mapping | Iterator | list | tuple | set | frozenset | deque):
        with suppress(ValidationError, PydanticSerializationError):
            for part in parts:  # type: ignore[attr-defined]
                _read(part)


def _within(schema: object, known: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every part of a schema of pydantic-core, and what it refers to by `known` names."""
    left, seen = [schema], set[int]()
    while left:
        one = left.pop()
        if isinstance(one, dict) and id(one) not in seen:
            seen.add(id(one))
            yield one
            is_schema = isinstance(one.get("type"), str)  # or it is the fields of one, which have names of their own
            left += [part for key, part in one.items() if not (is_schema and key in _NO_SCHEMA)]
            if is_schema and one["type"] == "definition-ref":
                left.append(known.get(one["schema_ref"]))
        elif isinstance(one, list | tuple):
            left += one
