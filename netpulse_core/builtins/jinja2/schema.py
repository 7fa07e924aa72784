"""Which variables a Jinja2 template needs, found by reading it and what it includes or inherits from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from netpulse_core import Template, Templates, Wanted

if TYPE_CHECKING:
    from jinja2 import Environment, nodes

_FILTERS = frozenset({"default", "d"})
_TESTS = frozenset({"defined", "undefined"})


class Schema:
    """Reads templates; names computed while rendering cannot be followed, and are found out by rendering."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._parsed: dict[str, nodes.Template] = {}

    def wanted(self, template: Template, templates: Templates) -> Sequence[Wanted]:
        """Return each variable that must be set, once, at the place where it first stands."""
        found: dict[str, Wanted] = {}
        for one in self._of(template, templates, frozenset(), set()):
            found.setdefault(one.name, one)
        return list(found.values())

    def _of(self, template: Template, templates: Templates, given: frozenset[str], seen: set[str]) -> Iterator[Wanted]:
        """Yield what a template wants; `given` are names that templates around it may set."""
        from jinja2 import meta, nodes  # noqa: PLC0415

        if template.place in seen:
            return
        seen.add(template.place)
        tree = self._tree(template)
        undeclared = meta.find_undeclared_variables(tree) - given - _optional(tree)
        for name in tree.find_all(nodes.Name):
            if name.name in undeclared and name.ctx == "load":
                yield Wanted(name.name, template.place, name.lineno)
        own = given | {name.name for name in tree.find_all(nodes.Name) if name.ctx in ("store", "param")} | _bound(tree)
        for reached in _reached(tree):
            found = templates.find(reached)
            if found is not None:
                yield from self._of(found, templates, own, seen)

    def _tree(self, template: Template) -> nodes.Template:
        if template.own_digest not in self._parsed:
            self._parsed[template.own_digest] = self._environment.parse(template.text, template.name, template.place)
        return self._parsed[template.own_digest]


def _optional(tree: nodes.Template) -> set[str]:
    """Return the names a template does without: it asks whether they are set, or says what else to take."""
    from jinja2 import nodes  # noqa: PLC0415

    asked: list[Any] = [one.node for one in tree.find_all(nodes.Filter) if one.name in _FILTERS]
    asked += [one.node for one in tree.find_all(nodes.Test) if one.name in _TESTS]
    return {one.name for one in asked if isinstance(one, nodes.Name)}


def _bound(tree: nodes.Template) -> set[str]:
    """Return the names of macros and imports."""
    from jinja2 import nodes  # noqa: PLC0415

    names = {one.name for one in tree.find_all(nodes.Macro)} | {one.target for one in tree.find_all(nodes.Import)}
    for one in tree.find_all(nodes.FromImport):
        names |= {name if isinstance(name, str) else name[1] for name in one.names}
    return names


def _reached(tree: nodes.Template) -> Iterator[str]:
    """Yield the templates that are rendered with this one and see its variables."""
    from jinja2 import nodes  # noqa: PLC0415

    always: Iterator[Any] = tree.find_all(nodes.Extends)
    perhaps: Iterator[Any] = tree.find_all((nodes.Include, nodes.Import, nodes.FromImport))
    for one in (*always, *(one for one in perhaps if one.with_context)):
        said = one.template
        for name in said.items if isinstance(said, (nodes.List, nodes.Tuple)) else [said]:
            if isinstance(name, nodes.Const):
                yield from [name.value] if isinstance(name.value, str) else name.value
