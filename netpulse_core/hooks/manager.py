"""The typed face of the plugins: callers never see pluggy."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from traceback import walk_tb
from typing import Any

import pluggy

from netpulse_core.errors import NetPulseError, NotFound, PluginError
from netpulse_core.hooks import loading, spec
from netpulse_core.model.driver import Driver
from netpulse_core.model.node import Node
from netpulse_core.model.runbook import Runbook


class Plugins:
    """Everything the plugins of one process offer; made once, asked often."""

    def __init__(self, sources: Iterable[tuple[str, object]]) -> None:
        self._pluggy = pluggy.PluginManager(spec.PROJECT)
        self._pluggy.add_hookspecs(spec)
        self.names: list[str] = []
        self._runbooks: dict[str, tuple[str, Runbook]] = {}
        self._drivers: dict[str, tuple[str, Driver]] = {}
        for name, plugin in sources:
            self._register(name, plugin)
        self._check()
        self._collect()

    @classmethod
    def load(cls, site: Path | None = None) -> "Plugins":
        """Load every plugin: ours, the installed, and the site's; raise PluginError naming the one that fails."""
        sources: list[tuple[str, object]] = [*loading.builtins(), *loading.installed()]
        if site is not None:
            sources += loading.of_site(site)
        return cls(sources)

    @property
    def runbooks(self) -> dict[str, Runbook]:
        """Every runbook by name."""
        return {name: found for name, (_, found) in sorted(self._runbooks.items())}

    @property
    def drivers(self) -> dict[str, Driver]:
        """Every driver by its connection name."""
        return {name: found for name, (_, found) in sorted(self._drivers.items())}

    def runbook(self, name: str) -> Runbook:
        """Return one runbook, or raise NotFound with the closest name."""
        if name not in self._runbooks:
            raise NotFound("runbook", name, known=self._runbooks)
        return self._runbooks[name][1]

    def source_of(self, runbook: str) -> str:
        """Return the name of the plugin a runbook comes from."""
        return self._runbooks[runbook][0]

    def driver_source(self, name: str) -> str:
        """Return the name of the plugin a driver comes from."""
        return self._drivers[name][0]

    def secret(self, reference: str) -> str:
        """Return the value behind a reference; raise NotFound where no plugin knows it."""
        value = self._ask("resolve_secret", str, reference=reference)
        if value is None:
            raise NotFound("secret", reference, hint="known forms are env:NAME and file:PATH")
        return value

    def place(self, device: str, nodes: Sequence[Node]) -> str | None:
        """Return the proposed owner of a device, or None."""
        return self._ask("place_device", str, device=device, nodes=nodes)

    def _ask[A](self, hook: str, kind: type[A], **arguments: Any) -> A | None:
        try:
            answer = getattr(self._pluggy.hook, hook)(**arguments)
        except NetPulseError:
            raise
        except Exception as error:  # noqa: BLE001  the plugin-call boundary: a question that raises fails closed
            failure = self._failure(hook, error)
        else:
            if answer is None or isinstance(answer, kind):
                return answer
            # Its type alone: the answer may be most of a secret.
            failure = PluginError(
                f"hook {hook} answered with {type(answer).__name__}, not {kind.__name__}", plugin=hook
            )
        raise failure  # out here it has no context: a log would print what the plugin said

    def _failure(self, hook: str, error: Exception) -> PluginError:
        plugin = self._raised_by(hook, error)
        words = f"plugin {plugin} failed in {hook}: {type(error).__name__}"
        if hook == "resolve_secret":  # what it says there may be the secret: KeyError('s3cret')
            return PluginError(words, plugin=plugin)
        failure = PluginError(f"{words}: {error}", plugin=plugin)
        failure.__cause__ = error
        return failure

    def _raised_by(self, hook: str, error: Exception) -> str:
        asked = getattr(self._pluggy.hook, hook).get_hookimpls()
        # The innermost first: one that wraps another's answer is on the way too.
        for code in reversed([frame.f_code for frame, _ in walk_tb(error.__traceback__)]):
            names = [one.plugin_name for one in asked if getattr(one.function, "__code__", None) is code]
            if names:
                return " or ".join(names)  # several, where plugins share one class
        return hook

    def _register(self, name: str, plugin: object) -> None:
        try:
            self._pluggy.register(plugin, name=name)
        except (ValueError, pluggy.PluginValidationError) as error:  # offered twice, or a hook of the wrong shape
            raise PluginError(f"plugin {name} could not be registered: {error}", plugin=name) from error
        self.names.append(name)
        for value in vars(plugin).values() if hasattr(plugin, "__dict__") else ():
            if isinstance(value, Runbook) and value.function.__module__ == getattr(plugin, "__name__", None):
                self._add("runbook", self._runbooks, name, value.name, value)

    def _check(self) -> None:
        try:
            self._pluggy.check_pending()
        except pluggy.PluginValidationError as error:
            raise PluginError(str(error), plugin=str(error.plugin)) from error

    def _collect(self) -> None:
        for name, runbook in self._offers("register_runbooks"):
            if not isinstance(runbook, Runbook):
                raise PluginError(
                    f"plugin {name} offers {runbook!r} as a runbook",
                    plugin=name,
                    hint="decorate the function: @runbook",
                )
            self._add("runbook", self._runbooks, name, runbook.name, runbook)
        for name, driver in self._offers("register_drivers"):
            if not isinstance(getattr(driver, "name", None), str):
                raise PluginError(f"plugin {name} offers {driver!r} as a driver, which has no name", plugin=name)
            self._add("driver", self._drivers, name, driver.name, driver)

    def _offers(self, hook: str) -> Iterable[tuple[str, Any]]:
        for implementation in getattr(self._pluggy.hook, hook).get_hookimpls():
            try:
                offered = list(implementation.function())
            except Exception as error:  # the plugin-call boundary: a raise stops the process and names the plugin
                raise PluginError(
                    f"plugin {implementation.plugin_name} failed in {hook}: {type(error).__name__}: {error}",
                    plugin=implementation.plugin_name,
                ) from error
            yield from ((implementation.plugin_name, one) for one in offered)

    def _add(self, kind: str, where: dict[str, tuple[str, Any]], plugin: str, name: str, value: Any) -> None:
        if name in where and where[name][1] is not value:
            raise PluginError(
                f"{kind} {name!r} is offered twice, by {where[name][0]} and by {plugin}",
                plugin=plugin,
                hint="rename one of them, or give it another name: @runbook(name=...)" if kind == "runbook" else "",
            )
        if isinstance(value, Runbook):
            _check_parameters(plugin, value)
        where[name] = (plugin, value)


def _check_parameters(plugin: str, runbook: Runbook) -> None:
    try:
        _ = runbook.parameters
    except PluginError as error:
        raise PluginError(f"plugin {plugin}: {error}", plugin=plugin, hint=error.hint) from error
    except Exception as error:  # the plugin-call boundary: its annotations are evaluated here
        raise PluginError(
            f"plugin {plugin}: the parameters of runbook {runbook.name!r} cannot be checked: {error}",
            plugin=plugin,
            hint="give each parameter a type that pydantic knows",
        ) from error
