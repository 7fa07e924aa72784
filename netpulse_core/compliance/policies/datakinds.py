"""What rules demand of data: assertions, JSON Schemas, NAPALM's validate, versions of software."""

import json
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from netpulse_core.compliance.policies.form import Form
from netpulse_core.compliance.rules import software
from netpulse_core.errors import SiteError
from netpulse_core.inventory.yamlfile import YamlFile
from netpulse_core.model.check import FindingVerdict
from netpulse_core.model.policy import Assertion, Asserts, Software, Validates

TESTS = (
    "equals", "not_equals", "in", "not_in", "contains", "not_contains", "matches", "at_least", "at_most", "exists",
)  # fmt: skip

_NULLABLE = ("equals", "not_equals")
"""Tests for which null is a value like any other."""

_LONGEST = 1000
_MISSING = (FindingVerdict.ERROR, FindingVerdict.FAIL, FindingVerdict.WARN, FindingVerdict.NOT_APPLICABLE)


def asserts(form: Form) -> Asserts | None:
    """Return assertions on a getter or on a parsed command."""
    source = _source(form)
    schema = _schema(form)
    found = [one for number, value in form.items("assert") if (one := _assertion(form, number, value)) is not None]
    if source is None:
        return None
    return Asserts(
        source=source,
        template=form.text("template"),
        parser=form.text("parser"),
        assertions=tuple(found),
        schema=schema,
    )


def _source(form: Form) -> str | None:
    getter, command = form.text("getter"), form.text("command")
    if bool(getter) == bool(command):
        form.wrong("", "it says both `getter` and `command`" if getter else "it says neither `getter` nor `command`")
        return None
    if getter:
        for key in ("template", "parser"):
            if key in form:
                form.wrong(key, "only what a command answers is parsed")
        return f"getter:{getter.removeprefix('get_')}"
    return f"command:{' '.join(command.split())}"


def _assertion(form: Form, number: int, value: Any) -> Assertion | None:
    if isinstance(value, str) and value.strip():
        _expression(form, "assert", value)
        return Assertion(value)
    each = form.item("assert", number, value)
    if each is None:
        return None
    each.only("that", *TESTS, "missing", nullable=_NULLABLE)
    path = each.text("that", needed="a JMESPath expression")
    _expression(each, "that", path)
    tests = [key for key in TESTS if key in each or (key in _NULLABLE and key in list(each))]
    if len(tests) > 1:
        each.wrong(tests[1], f"it is tested by {tests[0]} already", "write another assertion")
    missing = each.choice("missing", FindingVerdict, FindingVerdict.ERROR, among=_MISSING)
    if not tests:
        return Assertion(path, missing=missing)
    wanted = each.raw(tests[0])
    if why := _unfit(tests[0], wanted):
        each.wrong(tests[0], why)
    if tests[0] == "matches" and isinstance(wanted, str):
        each.seekable("matches", wanted)
    return Assertion(path, tests[0], wanted, missing)


def _unfit(test: str, wanted: Any) -> str:
    match test:
        case "in" | "not_in" if not isinstance(wanted, list) or not wanted:
            return f"{wanted!r} is no list of values"
        case "matches" if not isinstance(wanted, str):
            return f"{wanted!r} is no regular expression"
        case "at_least" | "at_most" if not isinstance(wanted, int | float) or isinstance(wanted, bool):
            return f"{wanted!r} is no number"
        case "exists" if not isinstance(wanted, bool):
            return f"{wanted!r} is neither true nor false"
        case "contains" | "not_contains" if isinstance(wanted, dict | list):
            return f"{wanted!r} is not one value"
    return ""


def _expression(form: Form, key: str, path: str) -> None:
    import jmespath  # noqa: PLC0415

    if len(path) > _LONGEST:
        form.wrong(key, f"longer than {_LONGEST} characters")
        return
    try:
        if path:
            jmespath.compile(path)
    except (jmespath.exceptions.JMESPathError, ValueError, RecursionError) as error:
        form.wrong(key, f"no JMESPath: {' '.join(str(error).split())}", "a number is written `1`, a text 'up'")


def _schema(form: Form) -> Mapping[str, Any] | None:
    if "schema" not in form:
        return None
    schema = form.raw("schema")
    if not isinstance(schema, dict) or not schema:
        form.wrong("schema", "it is no JSON Schema, or one that is true of everything")
        return None
    from jsonschema.exceptions import SchemaError  # noqa: PLC0415
    from jsonschema.validators import validator_for  # noqa: PLC0415

    try:
        json.dumps(schema)
        validator_for(schema).check_schema(schema)
    except SchemaError as error:
        form.wrong("schema", f"no JSON Schema: {error.json_path}: {error.message}")
    except (TypeError, ValueError, RecursionError) as error:
        form.wrong("schema", f"no JSON Schema: {error}")
    return schema


def validates(form: Form) -> Validates | None:
    """Return what NAPALM's `validate` wants, as its files say it: here, or in a file beside the policy."""
    told = form.raw("napalm")
    if isinstance(told, str):
        told = _file(form, told)
    if not isinstance(told, list) or not told:
        if told is not None:
            form.wrong("napalm", "it is no list of getters, or an empty one", "write `- get_facts: {...}`")
        return None
    return Validates(tuple(_getters(form, told)))


def _file(form: Form, name: str) -> Any:
    if name.startswith("/") or ".." in PurePosixPath(name).parts:
        form.wrong("napalm", f"{name!r} leads out of the folder of policies")
        return None
    path = form.path.parent / name
    try:
        return YamlFile(path, path.read_bytes()).data or []
    except OSError as error:
        form.wrong("napalm", f"{path}: {error.strerror}", "name a file beside the policy, such as validate/access.yaml")
    except SiteError as error:
        form.wrong("napalm", str(error), error.hint)
    return None


def _getters(form: Form, told: list[Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for one in told:
        for name, wanted in one.items() if isinstance(one, dict) else ((str(one), None),):
            if not isinstance(name, str) or not name.startswith("get_") or name == "get_config":
                form.wrong("napalm", f"{name!r} is no getter that can be compared")
            elif not isinstance(wanted, dict) or not _says_something(wanted):
                form.wrong("napalm", f"{name} says nothing that could be wrong")
            elif "_kwargs" in wanted:
                form.wrong("napalm", f"{name}: getters are asked without `_kwargs` here")
            else:
                yield name.removeprefix("get_"), {key: value for key, value in wanted.items() if key != "_name"}


def _says_something(wanted: Mapping[Any, Any]) -> bool:
    """Whether it could fail: NAPALM says that nothing wanted is complied with."""
    if "strict" in str(wanted.get("_mode", "")).split():
        return True
    if "list" in wanted:
        return bool(wanted["list"])
    return any(key not in ("_mode", "_name", "_kwargs") for key in wanted)


def versions(form: Form) -> Software | None:
    """Return which versions may run, and where the running one is read."""
    each = form.below("software")
    if each is None:
        return None
    each.only("allowed", "forbidden", "getter", "jmespath", "command", "regex")
    allowed, forbidden = each.texts("allowed"), each.texts("forbidden")
    for key in ("allowed", "forbidden"):
        for one in each.texts(key):
            if why := software.problem(one):
                each.wrong(key, why)
    if not allowed and not forbidden:
        each.wrong("", "it allows and forbids nothing")
    pattern, command, getter = each.text("regex"), each.text("command"), each.text("getter")
    if pattern:
        each.seekable("regex", pattern)
    if command and getter:
        each.wrong("command", "it says both `getter` and `command`")
    if command and not pattern:
        each.wrong("command", "`regex` is missing: it finds the version in the answer")
    path = each.text("jmespath", "os_version")
    _expression(each, "jmespath", path)
    source = "getter:facts"
    if command:
        source = f"command:{' '.join(command.split())}"
    elif getter:
        source = f"getter:{getter.removeprefix('get_')}"
    elif pattern and "jmespath" not in each:
        source = ""  # the configuration itself says it
    return Software(allowed=allowed, forbidden=forbidden, source=source, path=path, pattern=pattern)
