"""What the hooks of a plugin must be, said in our words before pluggy says it in its own."""

import inspect
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

import pluggy

from netpulse_core.errors import PluginError, did_you_mean
from netpulse_core.hooks import spec


def require_hooks(plugins: pluggy.PluginManager, name: str, plugin: object) -> None:
    """Raise PluginError for a hook there is none of, or one that asks for what it is not given."""
    for attribute, hook, optional in _marked(plugins, plugin):
        if hook not in spec.NAMES:
            if optional:
                continue
            raise PluginError(
                f"plugin {name}: there is no hook {hook!r}{did_you_mean(hook, spec.NAMES)}",
                plugin=name,
                hint=f"the hooks are {', '.join(sorted(spec.NAMES))}",
            )
        given = list(inspect.signature(getattr(spec, hook)).parameters)
        for wanted in _asked(getattr(plugin, attribute)):
            if wanted not in given:
                raise PluginError(
                    f"plugin {name}: the hook {hook} is not given {wanted!r}{did_you_mean(wanted, given)}",
                    plugin=name,
                    hint=f"it may take {', '.join(given)}" if given else "it takes no arguments",
                )


def unmarked(plugin: object) -> list[tuple[str, int]]:
    """Return the name and line of each function that is named as a hook is, and is none without its mark."""
    if not isinstance(plugin, ModuleType):
        return []
    return [
        (name, function.__code__.co_firstlineno)
        for name, function in vars(plugin).items()
        if name in spec.NAMES
        and isinstance(function, FunctionType)
        and function.__module__ == plugin.__name__
        and not hasattr(function, f"{spec.PROJECT}_impl")
    ]


def _marked(plugins: pluggy.PluginManager, plugin: object) -> Iterator[tuple[str, str, bool]]:
    for attribute in dir(plugin):
        options = plugins.parse_hookimpl_opts(plugin, attribute)
        if options is not None:
            yield attribute, options.get("specname") or attribute, bool(options.get("optionalhook"))


def _asked(function: Any) -> list[str]:
    """Return the arguments that a hook must be given: those by place that have no default."""
    by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [
        one.name
        for one in inspect.signature(function).parameters.values()
        if one.kind in by_place and one.default is one.empty
    ]
