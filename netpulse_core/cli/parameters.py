"""Parameters of a runbook as words of a command line, read by its JSON schema; what is wrong the service says."""

import json
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from netpulse_core.errors import InvalidParameters, Refused, did_you_mean
from netpulse_core.model import jsontext

Schema = Mapping[str, Any]

_TRUE, _FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})


def require_target(expression: str | None) -> None:
    """Refuse an empty target, which the list of devices would take for all of them."""
    if expression is not None and not expression.strip():
        raise Refused("an empty target selects no device", hint="say `*` to mean every device")


def read(document: str | None, pairs: Sequence[str], schema: Schema) -> dict[str, Any]:
    """Return the parameters: those of `--parameters`, then each `name=value`; a list is a name said repeatedly."""
    parameters = _document(document) if document else {}
    said: dict[str, list[str]] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise InvalidParameters("-p", [f"{pair!r} is not name=value"], hint="write -p 'commands=show version'")
        said.setdefault(name, []).append(value)
    known = schema.get("properties", {})
    for name, values in said.items():
        parameters[name] = _value(name, values, known.get(name, {}), schema)
    return parameters


def as_pairs(words: Sequence[str], runbook: str, schema: Schema) -> list[str]:
    """Return parameters written as options as `name=value`: `--speed 10`, `--speed=10`, and `--save`, `--no-save`.

    Raise InvalidParameters for what is neither an option nor a parameter.
    """
    known, pairs, rest = schema.get("properties", {}), [], list(words)
    while rest:
        word = rest.pop(0)
        option, equals, value = word.partition("=")
        name = option.removeprefix("--").replace("-", "_")
        off = name.removeprefix("no_")
        if word == option and off != name and name not in known and _is_bool(known.get(off, {}), schema):
            pairs.append(f"{off}=false")
            continue
        if not option.startswith("--") or name not in known:
            names = [f"--{one.replace('_', '-')}" for one in known]
            problem = f"neither an option nor a parameter of {runbook}{did_you_mean(option, names)}"
            raise InvalidParameters(word, [problem], hint=f"its parameters: netpulse runbooks {runbook}")
        if not equals and _is_bool(known[name], schema):
            value = rest.pop(0) if rest and rest[0].lower() in _TRUE | _FALSE else "true"
        elif not equals:
            if not rest or rest[0].startswith("--"):
                raise InvalidParameters(word, ["it needs a value"], hint=f"one that begins with dashes: {word}=--x")
            value = rest.pop(0)
        pairs.append(f"{name}={value}")
    return pairs


def require_named(given: Mapping[str, Any], runbook: str, schema: Schema, own: Callable[[], Container[str]]) -> None:
    """Refuse what lacks a parameter that has the name of one of the command's `own` options, and say how to give it."""
    for name in schema.get("required", ()):
        option = f"--{name.replace('_', '-')}"
        if name not in given and option in own():
            hint = f"{option} is an option of the command itself: give the parameter as -p {name}=..."
            raise InvalidParameters(f"runbook {runbook!r}", [f"parameter {name!r} is required"], hint=hint)


def _is_bool(schema: Schema, whole: Schema) -> bool:
    return any(form.get("type") == "boolean" for form in _forms(schema, whole))


def with_files(parameters: Mapping[str, Any], schema: Schema, send: Callable[[str], str]) -> dict[str, Any]:
    """Return the parameters, each local path that stands for a file sent and named by what `send` returns.

    A path begins with a dot, a slash or a tilde, which no name of a kept file does.
    """
    known = schema.get("properties", {})

    def named(value: Any) -> Any:
        if isinstance(value, list):
            return [named(one) for one in value]
        return send(value) if isinstance(value, str) and value.startswith((".", "/", "~")) else value

    return {
        name: named(value) if _is_file(known.get(name, {}), schema) else value for name, value in parameters.items()
    }


def in_words(schema: Schema, whole: Schema) -> str:
    """Return a parameter's type as people say it: `list of string or string`."""
    return " or ".join(dict.fromkeys(_word(form, whole) for form in _forms(schema, whole))) or "anything"


def _is_file(schema: Schema, whole: Schema) -> bool:
    forms = list(_forms(schema, whole))
    return any(
        form.get("format") == "file" or _is_file(form.get("items", {}), whole) for form in forms if len(form) > 1
    )


def _document(text: str) -> dict[str, Any]:
    source = "--parameters"
    if text.startswith("@"):
        source = text[1:]
        try:
            text = Path(source).read_text(encoding="utf-8")
        except OSError as error:
            raise InvalidParameters(source, [f"it cannot be read: {error.strerror}"]) from error
    try:
        value = jsontext.read(text, source, "the document")
    except json.JSONDecodeError as error:
        raise InvalidParameters(source, [f"not JSON: {error}"]) from error
    if not isinstance(value, dict):
        raise InvalidParameters(source, ["not a JSON object of parameters"], hint='write {"name": value, ...}')
    return value


def _forms(schema: Schema, whole: Schema) -> Iterator[Schema]:
    """Yield each form a value may have."""
    if "$ref" in schema:
        yield from _forms(whole.get("$defs", {}).get(str(schema["$ref"]).rpartition("/")[2], {}), whole)
        return
    for key in ("anyOf", "oneOf"):
        if key in schema:
            for form in schema[key]:
                yield from _forms(form, whole)
            return
    types = schema.get("type")
    for one in types if isinstance(types, list) else [types]:
        yield {**schema, "type": one}


def _value(name: str, values: list[str], schema: Schema, whole: Schema) -> Any:
    forms = list(_forms(schema, whole))
    of_lists = next((form for form in forms if form["type"] == "array"), None)
    items = list(_forms(of_lists.get("items", {}), whole)) if of_lists is not None and len(values) > 1 else forms
    _refuse_what_is_meant_for_json(name, values, items)
    if of_lists is not None and not (len(values) == 1 and _meant_for_json(values[0], "[")):
        of_items = list(_forms(of_lists.get("items", {}), whole))
        return [_one(value, of_items) for value in values]
    if len(values) > 1:
        raise InvalidParameters("-p", [f"{name} is given {len(values)} times and is not a list"])
    return _one(values[0], forms)


def _refuse_what_is_meant_for_json(name: str, values: Sequence[str], forms: Sequence[Schema]) -> None:
    """Refuse `[a, b]` where a list or a mapping can be meant: as one text it would be sent to a device as a line.

    What goes on behind the bracket, or has a blank within it (`[ -f /etc/x ]`, `{ a; b; }`), is a shell's.
    """
    if not any(form["type"] in ("array", "object", None) for form in forms):
        return
    for value in values:
        if _meant_for_json(value) and (why := _not_json(value)):
            problem = f"{name} begins as JSON does and is none: {why}"
            quoted = f"""write -p '{name}=["a", "b"]', with double quotes around each item"""
            itself = f"""a text that has brackets itself: -p '{name}=["[ -f x ]"]'"""
            raise InvalidParameters("-p", [problem], hint=f"{quoted}, or repeat -p {name}=... for each; {itself}")


def _meant_for_json(text: str, opening: str = "[{") -> bool:
    """Whether a text stands in the brackets of a list or a mapping, well-formed or not."""
    bare = text.strip()
    if not bare or bare[0] not in opening or bare[-1] != {"[": "]", "{": "}"}[bare[0]]:
        return False
    return not bare[1:2].isspace() or not _not_json(bare)


def _not_json(text: str) -> str:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return str(error)
    return ""


def _one(text: str, forms: list[Schema]) -> Any:
    """Convert by the first form the text fits; where none does it stays text, and the service says what is wrong."""
    for form in forms:
        fits, value = _converted(text, form)
        if fits:
            return value
    return text


def _converted(text: str, form: Schema) -> tuple[bool, Any]:
    value: Any = None
    match form["type"]:
        case "string":
            return text in form.get("enum", [form.get("const", text)]), text
        case "integer" | "number" as kind:
            value = _number(text, kind)
        case "boolean":
            value = True if text.lower() in _TRUE else False if text.lower() in _FALSE else None
        case "null":
            return text.lower() in ("null", "none"), None
        case _:  # a parameter without a type takes whatever JSON says
            value = _json(text)
    return value is not None, value


def _json(text: str) -> Any:
    try:
        return jsontext.read(text, "-p", "a value")
    except json.JSONDecodeError:
        return None


def _number(text: str, kind: str) -> int | float | None:
    try:
        return int(text) if kind == "integer" else float(text)
    except ValueError:
        return None


def _word(form: Schema, whole: Schema) -> str:
    if "enum" in form or "const" in form:
        return " or ".join(json.dumps(value) for value in form.get("enum", [form.get("const")]))
    if form["type"] == "array":
        return f"list of {in_words(form.get('items', {}), whole)}"
    known = {"file": "file", "secret": "reference to a secret"}
    return known.get(form.get("format", ""), str(form["type"] or "anything"))
