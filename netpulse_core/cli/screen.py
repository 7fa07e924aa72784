"""How a command speaks: text or JSON, coloured and live on a terminal alone, plain and silent elsewhere."""

import importlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import PurePath
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from netpulse_core.errors import NetPulseError

UNBOUNDED = 10_000
"""Columns of an output that no terminal bounds, so that nothing is cut or wrapped."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What a terminal obeys: control characters, and those that turn the direction in which a line is read."""


class Screen:
    """Standard output and error of one command."""

    def __init__(self, *, json: bool = False) -> None:
        self.json = json
        self.out = _console(sys.stdout.isatty(), stderr=False)
        self.err = _console(sys.stderr.isatty(), stderr=True)

    @property
    def live(self) -> bool:
        """Whether a person watches."""
        return self.out.is_terminal and self.err.is_terminal and not self.out.is_dumb_terminal and not self.json

    @property
    def interactive(self) -> bool:
        """Whether there is a person to ask."""
        return sys.stdin.isatty() and self.err.is_terminal

    def say(self, *parts: RenderableType) -> None:
        """Show something, unless the answer is JSON."""
        if not self.json:
            for part in parts:
                self.out.print(part, soft_wrap=isinstance(part, (str, Text)))

    def note(self, text: str | Text) -> None:
        """Tell a person something beside the answer, on stderr."""
        self.err.print(text, soft_wrap=True)

    def error(self, error: NetPulseError) -> None:
        """Say on stderr what happened, and on a second line what to do next; or both as a line of JSON."""
        if self.json:  # in the words of the service, which are imported where they are needed: help is quick
            said = importlib.import_module("netpulse_core.client.failures").problem_of(error)
            sys.stderr.write(_escaped(json.dumps(plain(said), ensure_ascii=False)) + "\n")
            return
        self.err.print(Text.assemble(("error: ", "bold red"), clean(" ".join(str(error).split()))), soft_wrap=True)
        if error.hint:
            under = clean(error.hint).replace("\n", "\n      ")  # a mark below an expression stays below its place
            self.err.print(Text.assemble(("hint: ", "bold"), under), soft_wrap=True)

    def document(self, value: Any) -> None:
        """Answer with one JSON document, when JSON was asked for."""
        if self.json:
            self._write(_escaped(json.dumps(plain(value), indent=2, ensure_ascii=False)))

    def line(self, value: Any) -> None:
        """Answer with one line of JSON in a stream of them."""
        if self.json:
            self._write(_escaped(json.dumps(plain(value), ensure_ascii=False)))

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        """Show on a terminal that something takes its time."""
        if not self.live:
            yield
            return
        with self.err.status(Text(what, style="dim")):
            yield

    def _write(self, text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def table(*headings: str, right: Iterable[int] = (), whole: Iterable[int] = (0,)) -> Table:
    """Return an empty table; columns of `right` hold numbers, those of `whole` are never cut."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", show_edge=False)
    for number, heading in enumerate(headings):
        made.add_column(
            heading,
            justify="right" if number in right else "left",
            no_wrap=number in right,
            overflow="fold",
            min_width=len(heading) if number in whole else None,
        )
    return made


def plain(value: Any) -> Any:
    """Return nouns as JSON data."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, PurePath) else value


def clean(text: str) -> str:
    """Show control characters of a text that came from elsewhere instead of obeying them."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def _escaped(document: str) -> str:
    """Return a JSON document in which what a terminal obeys is escaped: JSON itself asks that of the first 32 alone."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", document)


def _console(terminal: bool, *, stderr: bool) -> Console:
    width = None if terminal else UNBOUNDED
    return Console(stderr=stderr, force_terminal=terminal, width=width, highlight=False, markup=False, emoji=False)
