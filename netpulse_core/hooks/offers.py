"""What the plugins of one process offer: each thing by its name, with the plugin it comes from."""

from typing import Any

from netpulse_core.errors import PluginError, did_you_mean
from netpulse_core.hooks.laws import Laws
from netpulse_core.hooks.parameters import require_parameters
from netpulse_core.hooks.wholeness import require_methods, require_object
from netpulse_core.model.check import Check, require_whole
from netpulse_core.model.driver import Driver
from netpulse_core.model.notifier import Notifier
from netpulse_core.model.runbook import Runbook
from netpulse_core.model.templates import Parser, Renderer


class Offers:
    """Everything offered, of every kind; one name is one thing of its kind."""

    def __init__(self) -> None:
        self.runbooks: dict[str, tuple[str, Runbook]] = {}
        self.drivers: dict[str, tuple[str, Driver]] = {}
        self.renderers: dict[str, tuple[str, Renderer]] = {}
        self.parsers: dict[str, tuple[str, Parser]] = {}
        self.checks: dict[str, tuple[str, Check]] = {}
        self.notifiers: dict[str, tuple[str, Notifier]] = {}

    def of(self, plugin: str) -> dict[str, list[str]]:
        """Return the names of what one plugin offers, by kind."""
        kinds: dict[str, dict[str, tuple[str, Any]]] = {
            "runbooks": self.runbooks,
            "drivers": self.drivers,
            "renderers": self.renderers,
            "parsers": self.parsers,
            "checks": self.checks,
        }
        return {kind: sorted(name for name, (by, _) in known.items() if by == plugin) for kind, known in kinds.items()}

    def collect(self, laws: Laws) -> None:
        """Ask every plugin what it offers; raise PluginError for what is not whole, or is offered twice."""
        for plugin, runbook in laws.offers("register_runbooks"):
            if not isinstance(runbook, Runbook):
                raise PluginError(
                    f"plugin {plugin} offers {runbook!r} as a runbook",
                    plugin=plugin,
                    hint="decorate the function: @runbook",
                )
            self.add_runbook(plugin, runbook)
        self._named(laws, "driver", self.drivers)
        self._named(laws, "renderer", self.renderers)
        self._named(laws, "parser", self.parsers)
        self._named(laws, "notifier", self.notifiers)
        for plugin, check in laws.offers("register_checks"):
            try:
                require_whole(check)
            except PluginError as error:
                raise PluginError(f"plugin {plugin} offers {error}", plugin=plugin, hint=error.hint) from error
            _add("check", self.checks, plugin, check.name, check)

    def add_runbook(self, plugin: str, runbook: Runbook) -> None:
        """Keep a runbook; raise PluginError where its parameters cannot be validated, or its name is taken."""
        _add("runbook", self.runbooks, plugin, runbook.name, runbook, "or give it another name: @runbook(name=...)")
        require_parameters(plugin, runbook)

    def require_drivers(self) -> None:
        """Raise PluginError for a runbook that uses a driver which no plugin offers."""
        for plugin, runbook in self.runbooks.values():
            for name in runbook.drivers:
                if name not in self.drivers:
                    raise PluginError(
                        f"runbook {runbook.name!r} uses the driver {name!r}, which no plugin offers"
                        f"{did_you_mean(name, self.drivers)}",
                        plugin=plugin,
                        hint=f"known are {', '.join(sorted(self.drivers))}",
                    )

    def _named(self, laws: Laws, kind: str, where: dict[str, tuple[str, Any]]) -> None:
        for plugin, one in laws.offers(f"register_{kind}s"):
            if kind == "driver":
                require_object(plugin, one)
            if not isinstance(getattr(one, "name", None), str):
                raise PluginError(f"plugin {plugin} offers {one!r} as a {kind}, which has no name", plugin=plugin)
            if kind == "driver":
                require_methods(plugin, one)
            _add(kind, where, plugin, one.name, one)


def _add(kind: str, where: dict[str, tuple[str, Any]], plugin: str, name: str, value: object, remedy: str = "") -> None:
    if name in where and where[name][1] is not value:
        raise PluginError(
            f"{kind} {name!r} is offered twice, by {where[name][0]} and by {plugin}",
            plugin=plugin,
            hint=f"rename one of them, {remedy}" if remedy else "",
        )
    where[name] = (plugin, value)
