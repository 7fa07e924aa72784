"""What is null, refused wherever a template would make the text None of it."""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

from jinja2 import TemplateRuntimeError, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.filters import FILTERS, make_attrgetter
from jinja2.nodes import EvalContext
from jinja2.sandbox import SandboxedFormatter
from jinja2.utils import pass_eval_context

_OF_ITS_VALUE = (
    *("capitalize", "center", "e", "escape", "forceescape", "lower", "pprint", "safe", "string", "striptags"),
    *("title", "trim", "upper", "urlencode", "urlize", "wordcount"),
)
"""Filters that make text of whatever they are given; the others fail of themselves, or say what they take for null."""


class Null(TemplateRuntimeError):
    """A value that is null was to be printed, or to be made text of; `by` is what would have, as it is written."""

    def __init__(self, by: str = "") -> None:
        super().__init__("a value is null")
        self.by = by


class Generator(CodeGenerator):
    """Has the environment look at each value that `~` joins."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 - Jinja2 names it
        """Write the joining of values."""
        look = nodes.EnvironmentAttribute("tilde")
        looked = [nodes.Call(look, [one], [], None, None, lineno=node.lineno) for one in node.nodes]
        super().visit_Concat(nodes.Concat(looked, lineno=node.lineno, environment=node.environment), frame)


class Formatter(SandboxedFormatter):
    """What `'...'.format(...)` is done with."""

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> tuple[Any, str]:
        """Return the value of a field."""
        value, first = super().get_field(field_name, args, kwargs)
        return not_null(value, "`.format()`"), first


class _Asked(dict[Any, Any]):
    """A mapping of which a null value may not be asked: those that a format does not name may be null."""

    def __getitem__(self, key: Any) -> Any:
        return not_null(super().__getitem__(key), "`%`")


def not_null(value: Any, by: str) -> Any:
    """Return a value as it is; raise where it is null."""
    if value is None:
        raise Null(by)
    return value


def formatted(values: Any) -> Any:
    """Return what a text is to be formatted with by `%`; raise where one is null, or as soon as that is asked for."""
    if isinstance(values, Mapping):
        return _Asked(values)
    for value in values if isinstance(values, tuple) else [values]:
        not_null(value, "`%`")
    return values


def refusing() -> dict[str, Callable[..., Any]]:
    """Return the filters of Jinja2 that make text of null, as they are where they refuse it."""
    made = {name: _of_its_value(name, FILTERS[name]) for name in _OF_ITS_VALUE}
    return {**made, "format": _format, "join": _join, "replace": _replace}


def _of_its_value(name: str, made: Callable[..., Any]) -> Callable[..., Any]:
    place = 1 if hasattr(made, "jinja_pass_arg") else 0  # behind what Jinja2 itself hands the filter

    @wraps(made)
    def refused(*args: Any, **kwargs: Any) -> Any:
        not_null(args[place], f"`| {name}`")
        return made(*args, **kwargs)

    return refused


def _format(value: Any, *args: Any, **kwargs: Any) -> Any:
    for one in (value, *args, *kwargs.values()):
        not_null(one, "`| format`")
    return FILTERS["format"](value, *args, **kwargs)


@pass_eval_context
def _join(context: EvalContext, value: Iterable[Any], d: Any = "", attribute: str | int | None = None) -> Any:
    found = value if attribute is None else map(make_attrgetter(context.environment, attribute), value)
    parts = [not_null(one, "`| join`") for one in found]
    return FILTERS["join"](context, parts, not_null(d, "`| join`"))


@pass_eval_context
def _replace(context: EvalContext, s: Any, old: Any, new: Any, count: int | None = None) -> Any:
    text, sought, instead = (not_null(one, "`| replace`") for one in (s, old, new))
    return FILTERS["replace"](context, text, sought, instead, count)
