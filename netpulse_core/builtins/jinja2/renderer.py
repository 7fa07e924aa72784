"""Rendering with Jinja2: immutable sandbox, strict undefined, values of one line, the library's templates alone."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from netpulse_core import Template, Templates, Wanted, errors
from netpulse_core.builtins.jinja2.schema import Schema

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment


_TAKE = " take: `| default('...', true)`"
_PRINTED = re.compile(r"\{\{[-+]?\s*(.+?)\s*[-+]?\}\}")


class Jinja2:
    """Renders Jinja2 templates, each compiled once; includes and parents are found by name in the library."""

    name = "jinja2"
    sentence = "Jinja2 in a sandbox: strict about what is not set, with the filters of netutils"
    suffixes = (".j2", ".jinja2", ".jinja")

    def __init__(self) -> None:
        self._templates: Templates | None = None
        self._adjust: Callable[[Any], None] = lambda environment: None
        self._sources: dict[str, str] = {}

    def prepare(self, adjust: Callable[[Any], None]) -> None:
        """Have the environment adjusted when it is made."""
        self._adjust = adjust

    def wanted(self, template: Template, templates: Templates) -> Sequence[Wanted]:
        """Return the variables it needs, those of templates it includes or inherits from among them."""
        self._templates = templates
        with self._failing(template):
            self._environment.get_template(_key(template))  # a filter that nobody has is only found by compiling
            return self._schema.wanted(template, templates)

    def render(self, template: Template, variables: Mapping[str, Any], templates: Templates) -> Iterable[str]:
        """Yield the text in pieces."""
        self._templates = templates
        with self._failing(template):
            yield from self._environment.get_template(_key(template)).generate(variables)

    @cached_property
    def _environment(self) -> ImmutableSandboxedEnvironment:
        import jinja2  # noqa: PLC0415

        from netpulse_core.builtins.jinja2.lines import Environment  # noqa: PLC0415 - it needs jinja2

        made = Environment(
            # Configurations are no HTML: an ampersand of a description stays one.
            autoescape=jinja2.select_autoescape((), default_for_string=False),
            loader=jinja2.FunctionLoader(self._load),
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            cache_size=1000,
            auto_reload=False,  # templates stay as they are while this process lives
        )
        self._adjust(made)
        return made

    @cached_property
    def _schema(self) -> Schema:
        return Schema(self._environment)

    def _load(self, name: str) -> tuple[str, str, Callable[[], bool]] | None:
        assert self._templates is not None
        found = self._templates.find(name)
        if found is None:
            return None
        self._sources[found.place] = found.text
        return found.text, found.place, lambda: True

    def _failing(self, template: Template) -> _Failing:
        return _Failing(template, self._sources)


class _Failing:
    """Says what is wrong with file and line."""

    def __init__(self, template: Template, sources: Mapping[str, str]) -> None:
        self._template = template
        self._sources = sources

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        if not isinstance(error, Exception) or isinstance(error, (errors.NetPulseError, MemoryError)):
            return
        import jinja2  # noqa: PLC0415

        from netpulse_core.builtins.jinja2.nulls import Null  # noqa: PLC0415 - it needs jinja2

        place, line = self._place(error, jinja2)
        words = self._null(place, line, error.by) if isinstance(error, Null) else _words(error, jinja2)
        what = f"template {self._template.name!r}"
        raise errors.TemplateFailed(what, [f"{place}:{line}: {words}" if line else f"{place}: {words}"]) from None

    def _place(self, error: Exception, library: Any) -> tuple[str, int]:
        if isinstance(error, library.TemplateSyntaxError):
            return error.filename or self._template.place, error.lineno
        known = {self._template.place, *self._sources}
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in known]
        return (frames[-1].filename, frames[-1].lineno or 0) if frames else (self._template.place, 0)

    def _null(self, place: str, line: int, by: str) -> str:
        """Say which expression of a line is null, or is made of one that is; Jinja2 itself keeps none of them."""
        lines = self._sources.get(place, self._template.text).splitlines()
        found = _PRINTED.findall(lines[line - 1]) if 0 < line <= len(lines) else []
        said = ", ".join(f"{{{{ {one} }}}}" for one in found)
        which = f"one of {said}" if len(found) > 1 else said
        if by:
            where = f" in {which}" if which else ""
            return f"{by} is given a null{where}, which would be rendered as None; set it, or say before what to{_TAKE}"
        return f"{which or 'an expression'} is null, which would be rendered as None; set it, or say what to{_TAKE}"


def _words(error: Exception, library: Any) -> str:
    match error:
        case library.TemplateNotFound():
            return f"no template {error.name!r}"
        case library.TemplateError():
            return str(error.message)
    return f"{type(error).__name__}: {error}"


def _key(template: Template) -> str:
    return f"{template.root}:{template.name}"
