"""The reference of the hooks, made from their specifications: `python -m netpulse_core.hooks.reference`."""

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from textwrap import dedent
from typing import Any

from netpulse_core.hooks import spec

FAMILIES = (
    ("register_", "Offers", "asked once, when a process starts; answers add up"),
    ("prepare_", "Preparations", "a live object to adjust in place, at the start; a site's own plugins come last"),
    ("refuse_", "Refusals", "every plugin is asked; any sentence refuses"),
    ("observe", "Observers", "told afterwards; what has happened cannot be refused"),
    (
        "",
        "Questions",
        "the first answer that is not None wins; a site's plugins are asked first, NetPulse's own last",
    ),
)
"""How the names of a family begin, its heading, and its law."""

INTRODUCTION = """\
# Hooks

A plugin is a Python module (or an object) with functions under `@hookimpl`, named as below. It comes through one of
three doors, in one shape: it ships with NetPulse, it is installed and names itself in the entry-point group
`netpulse`, or it is a file in the site's `plugins/`. An implementation may leave out arguments it does not need.
Everything it imports of NetPulse stands in `netpulse_core` itself.

This page is made from `netpulse_core/hooks/spec.py`; every example on it is run by the tests.
"""


def hooks() -> dict[str, Callable[..., Any]]:
    """Return every hook's specification by its name, in the order of the file."""
    return {name: getattr(spec, name) for name in spec.NAMES}


def example(hook: Callable[..., Any]) -> str:
    """Return the example of a hook: a whole plugin."""
    return dedent(_parts(hook)[1]).strip() + "\n"


def page() -> str:
    """Return the reference as Markdown."""
    return "\n".join(_lines()).rstrip() + "\n"


def _lines() -> Iterator[str]:
    yield INTRODUCTION
    left = hooks()
    for beginning, heading, law in FAMILIES:
        family = {name: left.pop(name) for name in list(left) if name.startswith(beginning)}
        if family:
            yield f"## {heading}\n\nThe law: {law}.\n"
        for name, hook in family.items():
            words, _ = _parts(hook)
            yield f"### `{name}`\n"
            yield f"```python\n{name}{_signature(hook)}\n```\n"
            yield f"{words}\n\n```python\n{example(hook)}```\n"


def _parts(hook: Callable[..., Any]) -> tuple[str, str]:
    words, _, code = (inspect.getdoc(hook) or "").partition("Example::\n")
    marked = re.sub(r"^(Called in|If you raise):", r"**\1:**", words.strip(), flags=re.MULTILINE)
    return re.sub(r"\n(?=\*\*If you raise)", "\n\n", marked), code


def _signature(hook: Callable[..., Any]) -> str:
    return re.sub(r"(?:\w+\.)+(\w+)", r"\1", str(inspect.signature(hook)))


if __name__ == "__main__":
    sys.stdout.write(page())
