"""Every command line that we tell people to type is one that the command line takes."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer import TyperException
from typer.main import get_command

from netpulse_core.cli.app import OURS, app, load

CORE = Path(__file__).parents[2] / "netpulse_core"
# In backticks, where a name of a command alone is talk of it, or after a colon, where it is to be typed as it stands.
TOLD = re.compile(r"`netpulse ([^`]+)`|: netpulse ([a-z][^`;,()\n]*)")
# Where a value is put in: one word, of which nobody knows more.
VALUE = "VALUE"


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield every text of a file with its line, those of f-strings as one."""
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(map(_part, node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            yield node.lineno, node.value


def _part(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    value = part.value if isinstance(part, ast.FormattedValue) else part
    return "netpulse" if isinstance(value, ast.Attribute) and value.attr == "netpulse" else VALUE


def told() -> dict[str, list[str]]:
    """Return every command line that is told, a colon before those to be typed, and where."""
    found = dict[str, list[str]]()
    for path in sorted(path for path in CORE.rglob("*.py") if "netpulse " in path.read_text()):
        for line, text in texts(ast.parse(path.read_text())):
            for one in TOLD.finditer(re.sub(r"\{[\w.!]*\}", VALUE, text)):
                words = f":{one[2]}" if one[2] else one[1]
                found.setdefault(" ".join(words.split()), []).append(f"{path.relative_to(CORE)}:{line}")
    return found


def problem(told: str) -> str:
    """Return what the command line would say of these words, or nothing."""
    command: Any = get_command(app)
    words = shlex.split(re.split(r"\.\.\.| [<>] ", told.lstrip(":"))[0])
    known: Any = OURS
    try:
        while True:
            given, words, _ = command.make_parser(command.context_class(command)).parse_args(words)
            if not hasattr(command, "commands") or not words:
                break
            name, *words = words
            if name not in known:
                return f"there is no command {name}"
            command = load(name) if known is OURS else command.commands[name]
            known = getattr(command, "commands", ())
            if not words and told[0] != ":":
                return ""
    except TyperException as error:
        return error.format_message()
    stray = [*words, *(word for word in (given.get("words") or [])[:1] if word[0] != "-")]
    if stray:
        return f"{' '.join(stray)}: stray"
    missing = [one.opts[0] for one in command.params if one.required and not given.get(one.name)]
    return f"{', '.join(missing)}: missing" if missing and "--help" not in told and "..." not in told else ""


@pytest.mark.thorough
def test_a_command_that_is_told_is_one_that_is_taken() -> None:
    found = told()
    assert len(found) > 50
    wrong = [(words, said, places) for words, places in found.items() if (said := problem(words))]
    assert not wrong


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("run probe", "missing"),
        ("run backup_config TARGET", "stray"),
        ("run backup_config -t DEVICE leaf1", "stray"),
        ("run probe -t DEVICE --priority", "argument"),
        ("ledger restored --reson TEXT", "No such option"),
        (":ledger restored", "missing"),
        ("ledgers", "no command"),
        ("config quarantine lst", "no command"),
    ],
)
def test_the_law_finds_what_would_fail(words: str, said: str) -> None:
    assert said in problem(words)
