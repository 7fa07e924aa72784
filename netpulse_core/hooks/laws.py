"""The laws hooks are called under, one function each; the first word of a hook's name says which is its own.

A plugin that calls `sys.exit()` has raised, as any other does: it would end the thread that called it, and say nothing.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from traceback import walk_tb
from typing import Any

import pluggy

from netpulse_core.errors import NetPulseError, PluginError
from netpulse_core.model.plugin import Door

log = logging.getLogger(__name__)

_SECRET = "resolve_secret"  # noqa: S105 - the name of a hook
"""The hook whose failures are not quoted: what it says there may be the secret, as in KeyError('s3cret')."""

_OURS = f"{Door.BUILTIN}:"
"""What the names of the plugins begin with that ship with NetPulse: they keep to the kinds."""


class Laws:
    """Calls the hooks of one set of plugins; `trace` is told of every call before it is made."""

    def __init__(self, plugins: pluggy.PluginManager, trace: Callable[[str, str], None] | None = None) -> None:
        self._plugins = plugins
        self._trace = trace or (lambda hook, plugin: None)

    def implementers(self, hook: str) -> list[str]:
        """Return the plugins that implement a hook, those that ship with NetPulse first."""
        return [one.plugin_name for one in self._implementations(hook)]

    def offers(self, hook: str) -> Iterator[tuple[str, Any]]:
        """Yield what each plugin offers; a raise stops the process and names the plugin."""
        for one in self._implementations(hook):
            self._trace(hook, one.plugin_name)
            try:
                offered: list[Any] = list(one.function())  # type: ignore[call-overload]
            except (Exception, SystemExit) as error:  # the plugin-call boundary: a raise stops the process
                raise _failure(hook, one.plugin_name, error) from error
            yield from ((one.plugin_name, value) for value in offered)

    def prepare(self, hook: str, *arguments: Any, after: Callable[[str], None] = lambda plugin: None) -> None:
        """Let each plugin adjust a live object, a site's own last; a raise stops the process and names the plugin.

        `after` is told of each plugin once it has.
        """
        for one in self._implementations(hook):
            self._trace(hook, one.plugin_name)
            try:
                one.function(*arguments)
            except (Exception, SystemExit) as error:  # the plugin-call boundary, as above
                raise _failure(hook, one.plugin_name, error) from error
            after(one.plugin_name)

    def refusals(self, hook: str, **arguments: Any) -> Iterator[tuple[str, str]]:
        """Ask every plugin and yield the sentences of those that refuse; one that raises refuses."""
        for one in self._implementations(hook):
            self._trace(hook, one.plugin_name)
            try:
                sentence = one.function(**_taken(one, arguments))
            except (Exception, SystemExit) as error:  # noqa: BLE001  the plugin-call boundary: a raise refuses
                sentence = str(_failure(hook, one.plugin_name, error))
            if sentence is not None:
                yield one.plugin_name, sentence if isinstance(sentence, str) else _no_sentence(hook, sentence)

    def ask[A](self, hook: str, kind: type[A], *, alone: str = "", **arguments: Any) -> A | None:
        """Return the first answer that is not None, core's last; a raise or an answer of another kind fails closed.

        `alone` is the one plugin to ask, where not all are.
        """
        self._trace(hook, ", ".join(reversed(self.implementers(hook))))
        try:
            answer = self._caller(hook, alone)(**arguments)
        except NetPulseError:
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001  the plugin-call boundary: it fails closed
            failure = _failure(hook, self._raised_by(hook, error), error)
        else:
            if answer is None or isinstance(answer, kind):
                return answer
            plugins = self._may_have_answered(hook)
            # Its type alone: the answer may be most of a secret.
            words = f"plugin {plugins} answered {hook} with {type(answer).__name__}, not {kind.__name__}"
            failure = PluginError(words, plugin=plugins)
        raise failure  # out here it has no context: a log would print what the plugin said

    def tell(self, hook: str, plugin: str, **arguments: Any) -> None:
        """Tell one plugin of something that has happened; a raise is logged, and changes nothing."""
        for one in self._implementations(hook):
            if one.plugin_name != plugin:
                continue
            self._trace(hook, plugin)
            try:
                one.function(**_taken(one, arguments))
            except (Exception, SystemExit) as error:  # noqa: BLE001  the plugin-call boundary: it changes nothing
                log.warning("%s", _failure(hook, plugin, error))

    def _caller(self, hook: str, alone: str) -> pluggy.HookCaller:
        others = [one.plugin for one in self._implementations(hook) if alone not in ("", one.plugin_name)]
        return self._plugins.subset_hook_caller(hook, others)

    def _implementations(self, hook: str) -> list[pluggy.HookImpl]:
        return list(getattr(self._plugins.hook, hook).get_hookimpls())

    def _may_have_answered(self, hook: str) -> str:
        asked = self.implementers(hook)
        return " or ".join([name for name in asked if not name.startswith(_OURS)] or asked)

    def _raised_by(self, hook: str, error: BaseException) -> str:
        asked = self._implementations(hook)
        # The innermost first: one that wraps another's answer is on the way too.
        for code in reversed([frame.f_code for frame, _ in walk_tb(error.__traceback__)]):
            names = [one.plugin_name for one in asked if getattr(one.function, "__code__", None) is code]
            if names:
                return " or ".join(names)  # several, where plugins share one class
        return hook


def _no_sentence(hook: str, answer: object) -> str:
    return f"{hook} answered with {answer!r}: it returns a sentence that says why the run is refused, or None"


def _taken(one: pluggy.HookImpl, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments an implementation asks for: it may leave out those it does not need."""
    return {name: arguments[name] for name in one.argnames}


def _failure(hook: str, plugin: str, error: BaseException) -> PluginError:
    raised = type(error).__name__
    if hook == _SECRET:  # what stands right behind that name would be masked as a secret
        return PluginError(f"plugin {plugin} failed with {raised} in {hook}", plugin=plugin)
    failure = PluginError(f"plugin {plugin} failed in {hook}: {raised}: {error}", plugin=plugin)
    failure.__cause__ = error
    return failure
