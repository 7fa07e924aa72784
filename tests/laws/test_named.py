"""What plugin authors and users of the SDK can name stands in the documents, by the name and the default it has."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import fields
from enum import Enum
from pathlib import Path

import pytest

from netpulse_core.model.events import Event
from netpulse_core.model.runbook import Runbook

DOCS = Path(__file__).parents[2] / "docs"
EVENTS = dict(re.findall(r"^\| `(\w+)` \| .* \| (`.*) \|$", (DOCS / "plugins.md").read_text(), re.MULTILINE))
EVERY = {field.name for field in fields(Event)}
# By name, since a dataclass with slots is made of another class, which lives until it is collected.
KINDS = {event.__name__: event for event in Event.__subclasses__()}


@pytest.mark.parametrize("name", KINDS)
def test_an_event_has_its_row_with_its_own_fields(name: str) -> None:
    assert name in EVENTS, "the table of events in docs/plugins.md lacks it"
    own = [field.name for field in fields(KINDS[name]) if field.name not in EVERY]
    assert re.findall(r"`(\w+)`", EVENTS[name]) == own


def test_no_row_tells_of_an_event_there_is_not() -> None:
    assert EVENTS.keys() == KINDS.keys()


def test_the_reference_has_every_option_of_a_runbook_and_its_default() -> None:
    (shown,) = re.findall(r"^`@(runbook\(.*\))` on a Nornir", (DOCS / "reference.md").read_text(), re.MULTILINE)
    call = ast.parse(shown, mode="eval").body
    assert isinstance(call, ast.Call)
    told = {option.arg: ast.unparse(option.value) for option in call.keywords}
    options = list(inspect.signature(Runbook).parameters.values())[1:]
    assert told == {option.name: written(option.default) for option in options}


def written(default: object) -> str:
    return f"{type(default).__name__}.{default.name}" if isinstance(default, Enum) else repr(default)
