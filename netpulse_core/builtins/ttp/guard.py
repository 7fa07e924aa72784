"""What a TTP template may not do unless it was installed with ttp_templates: run Python, read files, ask the network.

TTP hands the words of a template to `exec` (macros, variables) and to `eval` (the arguments of functions), opens the
files it names, and takes a text that is the path of a file for that file.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

_TAGS: Mapping[str, str] = {
    "macro": "macros are Python code",
    "input": "inputs name files",
    "in": "inputs name files",
    "i": "inputs name files",
    "output": "outputs write files and run templates",
    "out": "outputs write files and run templates",
    "o": "outputs write files and run templates",
    "extend": "it names a file",
}
_FUNCTIONS: Mapping[str, str] = {
    "macro": "macros are Python code",
    "dns": "it asks the network",
    "rdns": "it asks the network",
    "geoip": "it reads a database",
}
_LITERAL = (
    ast.Expression, ast.Call, ast.Name, ast.Load, ast.Constant, ast.keyword, ast.List, ast.Tuple, ast.Dict, ast.UnaryOp,
    ast.USub,
)  # fmt: skip
_CALL = re.compile(r"^(?P<name>\S+?)\s?(\((?P<options>.*)\))?$")


class Forbidden(Exception):
    """A template wants what only an installed one may have, or cannot be read; the words say what."""

    def __init__(self, words: str, *, line: int = 0) -> None:
        super().__init__(words)
        self.line = line
        """Where in the template; 0 where that is not known."""


def tags(text: str) -> None:
    """Refuse a template by its tags."""
    for tree in _trees(text):
        for element in tree.iter():
            reason = _TAGS.get(str(element.tag).lower())
            if reason is not None:
                raise Forbidden(f"<{element.tag}> is not for a template of a site or a plugin: {reason}")


def _trees(text: str) -> Iterator[ElementTree.Element]:
    """Yield the template as TTP may read it: as it is, and within a tag of its own."""
    found = False
    for form in (text, f"<template>{text}\n</template>"):
        try:
            yield ElementTree.XML(form)
            found = True
        except ElementTree.ParseError as error:
            words, line = str(error).partition(":")[0], min(error.position[0], text.count("\n") + 1)
    if not found:
        raise Forbidden(f"it cannot be read: {words}", line=line)


def guarded(utils: dict[str, Any]) -> None:
    """Put guards in front of what TTP calls for the words of a template."""
    for one in list(utils.values()):
        if hasattr(one, "load"):
            one.load()  # TTP loads them at their first call, and would put them in the place of the guards
    attributes, struct = utils["get_attributes"], utils["load_struct"]

    def get_attributes(line: str) -> Any:
        _arguments(line)
        return attributes(line)

    def load_struct(text_data: str = "", **said: Any) -> Any:
        if "include" in said:
            raise Forbidden("`include` is not for a template of a site or a plugin: it names a file")
        if said.get("load", "python").lower() == "python":
            return _variables(text_data or "")
        return struct(text_data, **said)

    utils.update(get_attributes=get_attributes, load_struct=load_struct, load_files=_text, load_python_exec=_literals)


def _arguments(line: str) -> None:
    """Refuse arguments that are more than words and numbers: TTP evaluates them."""
    for item in (part.strip() for part in line.split("|") if part.strip()):
        match = _CALL.match(item)
        name, options = (match["name"], match["options"]) if match else (item, None)
        if name in _FUNCTIONS:
            raise Forbidden(f"{name!r} is not for a template of a site or a plugin: {_FUNCTIONS[name]}")
        if not options:
            continue
        try:
            tree = ast.parse(f"_({options})", mode="eval")
        except (SyntaxError, ValueError) as error:
            raise Forbidden(f"the arguments of {name!r} cannot be read: {options}") from error
        calls = sum(isinstance(node, ast.Call) for node in ast.walk(tree))
        dunder = any(isinstance(node, ast.Name) and "__" in node.id for node in ast.walk(tree))
        if calls != 1 or dunder or not all(isinstance(node, _LITERAL) for node in ast.walk(tree)):
            raise Forbidden(f"the arguments of {name!r} are more than words and numbers: {options}")


def _variables(text: str) -> dict[str, Any]:
    """Return variables; refuse what is more than names and values: TTP would execute it."""
    try:
        return _literals(text)
    except (SyntaxError, ValueError) as error:
        raise Forbidden("variables that are more than `name = value` are not for a template of a site") from error


def _literals(text: str, builtins: object = None) -> dict[str, Any]:
    """Return what `name = value` lines or one literal say, without executing anything."""
    tree = ast.parse(text.strip() or "{}")
    if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr):
        found = ast.literal_eval(tree.body[0].value)
        return found if isinstance(found, dict) else {}
    return {name: value for statement in tree.body for name, value in _assigned(statement)}


def _assigned(statement: ast.stmt) -> Iterator[tuple[str, Any]]:
    if not isinstance(statement, ast.Assign):
        raise ValueError("not an assignment")
    value = ast.literal_eval(statement.value)
    for target in statement.targets:
        if not isinstance(target, ast.Name):
            raise ValueError("not a name")
        yield target.id, value


def _text(path: Any = "", **_: Any) -> list[tuple[str, Any]]:
    """Take a text for a text, whatever file has it as its path."""
    return [("text_data", path)]
