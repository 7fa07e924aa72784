"""What a value may be where it is printed: a part of one line, unless the template says more, and never nothing."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from jinja2 import StrictUndefined, TemplateRuntimeError, Undefined
from jinja2.runtime import BlockReference, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment

from netpulse_core.builtins.jinja2 import nulls

_BREAKS = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_MADE_OF_LINES = (Macro, BlockReference, LoopContext)
"""What a template calls for a part of itself: each value in it was looked at when that part was rendered."""
_KEEPING = ("indent", "trim")
"""Filters that make no line of a value that was none."""
_OF_WHAT_IS_NOT_SET = ("defined", "undefined")
"""Tests that may be asked of it."""


class Lines(str):
    """A text whose line breaks the template made or declared."""

    __slots__ = ()


class NotSet(StrictUndefined):
    """What is not set, which is an error also where a list or a format would write it."""

    __slots__ = ()
    __repr__ = Undefined._fail_with_undefined_error


class Environment(ImmutableSandboxedEnvironment):
    """The sandbox, in which a value that is null or has a line break in it is refused where it is made text."""

    intercepted_binops = frozenset({"%"})
    code_generator_class = nulls.Generator

    def __init__(self, **options: Any) -> None:
        super().__init__(finalize=printed, undefined=NotSet, **options)
        self.filters.update(nulls.refusing(), multiline=multiline)
        self.filters.update({name: _keeping(self.filters[name]) for name in _KEEPING})
        asked: dict[str, Any] = {name: test for name, test in self.tests.items() if name not in _OF_WHAT_IS_NOT_SET}
        self.tests.update({name: _strict(test) for name, test in asked.items() if not hasattr(test, "jinja_pass_arg")})

    def call(self, context: Any, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call what the sandbox lets a template call."""
        said = super().call(context, called, *args, **kwargs)
        return Lines(said) if isinstance(said, str) and isinstance(called, _MADE_OF_LINES) else said

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Format a text by `%`, or divide."""
        return super().call_binop(context, operator, left, nulls.formatted(right) if isinstance(left, str) else right)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """Return what stands for the method `format` of a text, or nothing where it is no such method."""
        if super().wrap_str_format(value) is None:
            return None

        @wraps(value)
        def made(*args: Any, **kwargs: Any) -> str:
            text, by_name = value.__self__, value.__name__ == "format_map"
            said = nulls.Formatter(self).vformat(text, () if by_name else args, args[0] if by_name else kwargs)
            kind: type[str] = type(text)
            return kind(said)

        return made

    @staticmethod
    def tilde(value: Any) -> Any:
        """Return a value that `~` joins."""
        return nulls.not_null(value, "`~`")


def multiline(value: Any) -> Lines:
    """Declare that a value may have several lines."""
    return Lines(str(nulls.not_null(value, "`| multiline`")).replace("\r\n", "\n"))


def printed(value: Any) -> Any:
    """Return a value as it is; raise where it is null, or would be more than a part of one line."""
    if isinstance(value, Undefined):
        return value  # one that is not set fails when it is written
    if value is None:
        raise nulls.Null
    text = value if isinstance(value, str) else str(value)
    if not isinstance(value, Lines) and _BREAKS.search(text):
        raise TemplateRuntimeError(
            "a value with a line break in it would be lines of its own; if it may be, say so: `| multiline`"
        )
    if found := _CONTROL.search(text):
        raise TemplateRuntimeError(f"a value has the control character U+{ord(found[0]):04X} in it")
    return value


def _keeping(changed: Callable[..., str]) -> Callable[..., str]:
    @wraps(changed)
    def kept(value: Any, *args: Any, **kwargs: Any) -> str:
        said = changed(value, *args, **kwargs)
        return Lines(said) if isinstance(value, Lines) else said

    return kept


def _strict(test: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(test)
    def asked(value: Any, *args: Any) -> Any:
        return str(value) if isinstance(value, NotSet) else test(value, *args)  # to write it is to fail

    return asked
