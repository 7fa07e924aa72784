"""What is asked of data where it can be killed: JMESPath, JSON Schema, and NAPALM's own comparison."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from netpulse_core.errors import InvalidParameters

MOST = 50
"""Problems of one document that are told."""


def answered(what: str, data: Any, of: Any) -> Any:
    """Return what a question about data comes to; raise InvalidParameters where it makes no sense."""
    try:
        match what:
            case "query":
                return query(data, of)
            case "schema":
                return list(islice(against_schema(data, of), MOST))
            case "napalm":
                return list(islice(against_napalm(data, of), MOST))
    except (MemoryError, RecursionError) as error:
        raise InvalidParameters(what, [f"it needs more than it may have: {type(error).__name__}"]) from error
    raise InvalidParameters("data", [f"nothing is known of {what!r}"])


def query(data: Any, expression: str) -> dict[str, Any]:
    """Return the value a JMESPath expression leads to, and the names in it that nothing in the data has.

    Without the second, a misspelt key looks like one that is not there, and an empty list like all is well. So does a
    number compared with a text, which is an error.
    """
    import jmespath  # noqa: PLC0415  needed in this process alone

    from netpulse_core.text.comparing import Comparing  # noqa: PLC0415

    try:
        compiled = jmespath.compile(expression)
        value = Comparing().visit(compiled.parsed, data)
    except (jmespath.exceptions.JMESPathError, TypeError, ValueError) as error:
        raise InvalidParameters("assert", [f"{expression}: {' '.join(str(error).split())}"]) from error
    wanted = dict.fromkeys(_named(compiled.parsed))
    made = set(_made(compiled.parsed))
    there = set(_keys(data))
    return {"value": value, "unknown": [one for one in wanted if one not in there | made]}


def against_schema(data: Any, schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield where data is not as a JSON Schema wants it; what the schema refers to elsewhere is not fetched."""
    from jsonschema.validators import validator_for  # noqa: PLC0415
    from referencing import Registry  # noqa: PLC0415
    from referencing.exceptions import Unresolvable  # noqa: PLC0415

    kind = validator_for(schema)
    try:
        for error in kind(schema, registry=Registry()).iter_errors(data):
            yield f"{error.json_path}: {error.message}"
    except (Unresolvable, re.error) as error:
        raise InvalidParameters("schema", [" ".join(str(error).split())]) from error


def against_napalm(data: Any, wanted: Any) -> Iterator[str]:
    """Yield where a getter's data is not as NAPALM's `validate` wants it."""
    from napalm.base.exceptions import ValidationException  # noqa: PLC0415
    from napalm.base.validate import compare  # noqa: PLC0415

    try:
        report = compare(wanted, data)
    except (ValidationException, ValueError, TypeError, KeyError, AttributeError, re.error) as error:
        raise InvalidParameters("napalm", [f"it cannot be compared: {' '.join(str(error).split())}"]) from error
    if isinstance(report, Mapping):
        yield from _differences(report, "")
    elif not report:
        yield f"wanted {wanted!r}, and there is {data!r}"


def _differences(report: Mapping[str, Any], above: str) -> Iterator[str]:
    """Yield what NAPALM's report says, a line each; one that does not comply says at least that."""
    if report["complies"]:
        return
    said = False
    for one in report["missing"]:
        said = True
        yield f"{above}missing: {one!r}"
    for one in report["extra"]:
        said = True
        yield f"{above}extra: {one!r}"
    present = report["present"]
    for key, one in present.items() if isinstance(present, Mapping) else ():
        if one["complies"]:
            continue
        said = True
        if one["nested"] and isinstance(one.get("diff"), Mapping):
            yield from _differences(one["diff"], f"{above}{key}.")
        else:
            yield f"{above}{key}: wanted {one.get('expected_value')!r}, and there is {one.get('actual_value')!r}"
    if not said:
        yield f"{above}it does not comply"


def _named(node: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of fields that an expression reads."""
    if node["type"] == "field":
        yield node["value"]
    for child in node.get("children", ()):
        if isinstance(child, Mapping):
            yield from _named(child)


def _made(node: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names that an expression gives to what it makes."""
    if node["type"] == "key_val_pair":
        yield node["value"]
    for child in node.get("children", ()):
        if isinstance(child, Mapping):
            yield from _made(child)


def _keys(data: Any) -> Iterator[str]:
    """Yield every key in the data, however deep."""
    waiting = [data]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            yield from map(str, one)
            waiting += one.values()
        elif isinstance(one, list | tuple):
            waiting += one
