"""Parsing with TextFSM templates, chosen by an index as ntc-templates has one."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from netpulse_core import Choice, Records, Template, Templates, errors
from netpulse_core.builtins.textfsm.index import Index
from netpulse_core.builtins.textfsm.machine import Machine

PACKAGE = "ntc_templates"
_INDEXES = ("site:index", f"{PACKAGE}:index")
"""The site's own index is asked first, and a template of the site wins over the package's of the same name."""


class TextFSM:
    """Parses with TextFSM templates; each is compiled once, by its content."""

    name = "textfsm"
    sentence = "TextFSM, with the templates and the index of ntc-templates"
    suffixes = (".textfsm",)
    packages: Mapping[str, str] = {PACKAGE: "templates"}

    def __init__(self) -> None:
        self._indexes: dict[str, Index] = {}
        self._machines: dict[str, Machine] = {}
        self._choices: dict[tuple[str, str], Choice | None] = {}

    def choose(self, platform: str, command: str, templates: Templates) -> Choice | None:
        """Return the template by a name that says platform and command, or by the first fitting row of an index."""
        asked = platform, command
        if asked not in self._choices:
            if len(self._choices) > 10_000:  # commands that name an address each are many
                self._choices.clear()
            self._choices[asked] = self._chosen(platform, command, templates)
        return self._choices[asked]

    def _chosen(self, platform: str, command: str, templates: Templates) -> Choice | None:
        own = f"{platform}_{re.sub(r'[^\w.-]+', '_', command)}.textfsm"
        found = templates.find(own)
        if found is not None and found.root == "site":
            return Choice(own, f"it is named for {command!r} on {platform}")
        for name in _INDEXES:
            index = self._index(name, templates)
            row = index.find(platform, command) if index else None
            if row is not None:
                first, *more = row.templates
                why = f"line {row.line} of {name}: platform {row.platform!r}, command {row.command!r}"
                return Choice(first, why, tuple(more))
        return None if found is None else Choice(own, f"it is named for {command!r} on {platform}")

    def parse(self, template: Template, text: str, templates: Templates) -> Records:
        """Return the records as ntc_templates gives them: names in small letters, and every value a text or texts."""
        header, rows, matched = self._table([template, *template.parts], text)
        if len(set(header)) < len(header):  # names that differ in their case alone: the last one wins, as there
            return Records([dict(zip(header, row, strict=True)) for row in rows], matched)
        return Records(rows, matched, header)

    def _table(self, parts: Sequence[Template], text: str) -> tuple[list[str], list[list[Any]], int]:
        tables = []
        for part in parts:
            machine = self._machine(part)
            try:
                rows, matched = machine.run(text)
            except machine.failure as error:
                raise errors.TemplateFailed(part.place, [str(error)]) from None
            for column in machine.lists:
                for row in rows:
                    row[column] = [str(item) for item in row[column]]
            tables.append((machine, rows, matched))
        machine, rows, matched = tables[0]
        header = machine.header
        if len(tables) > 1:
            header, rows = _merged([(one.header, one.keys, found) for one, found, _ in tables])
            matched = max(count for _, _, count in tables)
        return [name.lower() for name in header], rows, matched

    def _machine(self, template: Template) -> Machine:
        found = self._machines.get(template.own_digest)
        if found is None:
            import textfsm  # noqa: PLC0415

            try:
                found = self._machines[template.own_digest] = Machine(template.text)
            except textfsm.TextFSMTemplateError as error:
                line = _line(str(error), template.text)
                place = f"{template.place}:{line}" if line else template.place
                raise errors.TemplateFailed(place, [f"no TextFSM template: {error}"]) from None
        return found

    def _index(self, name: str, templates: Templates) -> Index | None:
        if name not in self._indexes:
            found = templates.find(name)
            if found is None:
                return None
            self._indexes[name] = Index(found.text, found.place if found.root == "site" else "")
        return self._indexes[name]


def _line(said: str, text: str) -> int:
    """Return the line of a template that textfsm complains of, 0 where neither it nor the name of a state says one."""
    if number := re.search(r"(?i:line):? (\d+)", said):
        return int(number[1])
    if state := re.match(r"State '(\w+)' not found", said):
        leads = re.compile(rf"->.*\b{state[1]}\s*$")
        return next((number for number, line in enumerate(text.splitlines(), 1) if leads.search(line)), 0)
    return 0


def _merged(tables: Sequence[tuple[list[str], list[str], list[list[Any]]]]) -> tuple[list[str], list[list[Any]]]:
    """Merge tables by their keys, as clitable does where an index names several templates."""
    from textfsm.texttable import TextTable  # noqa: PLC0415

    made: Any = None
    keys: set[str] = set()
    for header, own_keys, rows in tables:
        keys = keys or set(own_keys)
        table = TextTable()
        table.header = header
        for row in rows:
            table.Append(row)
        if made is None:
            made = table
        else:
            made.extend(table, keys)
    return list(made.header), [list(row) for row in made]
