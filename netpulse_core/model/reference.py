"""References to secrets, and the parameter of a runbook that takes nothing else."""

import re
from collections.abc import Callable
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

SCHEMES = frozenset({"env", "file", "secret", "vault"})
IN_CLEAR = "secret_in_clear"
"""The type of the problem with a value that is no reference."""

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


def holds_secret(annotation: Any) -> bool:
    """Whether a parameter of this type is a secret, or holds some."""
    return annotation == Secret or any(holds_secret(part) for part in get_args(annotation))
