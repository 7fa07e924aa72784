"""JMESPath: which part of a body is meant."""

from typing import Any

from netpulse_core.errors import InvalidParameters

LONGEST = 1000


def problem(expression: str) -> str:
    """Return why this is no JMESPath expression, or an empty text."""
    import jmespath  # noqa: PLC0415

    if not expression.strip() or len(expression) > LONGEST:
        return f"not 1 to {LONGEST} characters of JMESPath"
    try:
        jmespath.compile(expression)
    except (jmespath.exceptions.JMESPathError, ValueError, RecursionError) as error:
        return f"no JMESPath: {' '.join(str(error).split())}"
    return ""


def found(key: str, expression: str, data: Any) -> Any:
    """Return what an expression finds in a body, None where it is not there; raise InvalidParameters."""
    import jmespath  # noqa: PLC0415

    try:
        return jmespath.search(expression, data)
    except Exception as error:  # a library at work on what a stranger sent: whatever it raises, the body does not fit
        said = " ".join(str(error).split())[:300]
        raise InvalidParameters("event", [f"`{key}` cannot be asked of this body: {said}"]) from error
