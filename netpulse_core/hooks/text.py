"""The hooks of rendering and parsing; `spec.py` says what their names mean."""

from collections.abc import Iterable
from typing import Any

from netpulse_core.hooks.markers import hookspec
from netpulse_core.model.templates import Parser, Renderer


@hookspec
def register_renderers() -> Iterable[Renderer]:
    """Offer renderers; the ending of a template's name says which one renders it.

    Called in: every process, at its start; a renderer works in a process of its own, which is killed where it takes
    too long, and is handed templates that were read already.
    If you raise: the process stops and names the plugin.

    Example::

        from string import Template
        from netpulse_core import hookimpl


        class Dollars:
            name = "dollars"
            sentence = "Python's string.Template: $name"
            suffixes = (".dollars",)

            def prepare(self, adjust):
                "It has no Jinja2 environment."

            def wanted(self, template, templates):
                return ()

            def render(self, template, variables, templates):
                yield Template(template.text).substitute(variables)


        @hookimpl
        def register_renderers():
            return [Dollars()]
    """
    return ()


@hookspec
def register_parsers() -> Iterable[Parser]:
    """Offer parsers; the ending of a template's name says which one parses with it.

    Called in: every process, at its start; a parser works in a process of its own, which is killed where it takes too
    long. `choose` is asked of NetPulse's own parsers first.
    If you raise: the process stops and names the plugin.

    Example::

        from netpulse_core import Records, hookimpl


        class Columns:
            name = "columns"
            sentence = "words of a line, under the names its template lists"
            suffixes = (".columns",)
            packages = {}

            def choose(self, platform, command, templates):
                return None

            def parse(self, template, text, templates):
                names = template.text.split()
                rows = [line.split() for line in text.splitlines()]
                records = [dict(zip(names, row)) for row in rows if len(row) == len(names)]
                return Records(records, matched=len(records))


        @hookimpl
        def register_parsers():
            return [Columns()]
    """
    return ()


@hookspec
def prepare_jinja(environment: Any) -> None:
    """Adjust the Jinja2 environment: add filters, tests and globals.

    Called in: each process that renders, before its first template. What you add runs outside Jinja2's sandbox.
    If you raise: nothing is rendered, and the plugin is named.

    Example::

        from netpulse_core import hookimpl


        @hookimpl
        def prepare_jinja(environment):
            environment.filters["rack_unit"] = lambda number: f"U{number:02d}"
    """
