"""The typed face of the plugins: callers never see pluggy."""

import logging
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pluggy
from nornir.core.inventory import Inventory

from netpulse_core import settings as configuration
from netpulse_core.errors import NotFound, PluginError
from netpulse_core.hooks import loading, spec
from netpulse_core.hooks.admission import Admission
from netpulse_core.hooks.endpoints import endpoints_of
from netpulse_core.hooks.laws import Laws
from netpulse_core.hooks.offers import Offers
from netpulse_core.hooks.shape import require_hooks, unmarked
from netpulse_core.hooks.telling import Telling
from netpulse_core.model.caller import Caller
from netpulse_core.model.check import Check
from netpulse_core.model.device import Device
from netpulse_core.model.driver import Driver
from netpulse_core.model.events import Event
from netpulse_core.model.node import Node
from netpulse_core.model.notifier import Endpoint, Notifier
from netpulse_core.model.plugin import Door, PluginInfo
from netpulse_core.model.run import RunRequest
from netpulse_core.model.runbook import Runbook
from netpulse_core.model.secretstore import EmptyStore, SecretStore
from netpulse_core.model.templates import Parser, Renderer
from netpulse_core.settings import Settings

log = logging.getLogger(__name__)

EMPTY_STORE = EmptyStore()

_STRANGERS_TOLD = 20
"""Answers that are no node's id which are logged, once each: a plugin may give another for each device."""


class Plugins:
    """Everything the plugins of one process offer; made once, asked often."""

    def __init__(
        self, sources: Iterable[tuple[str, object]], *, known: Iterable[PluginInfo] = (), trace: bool = False
    ) -> None:
        self._pluggy = pluggy.PluginManager(spec.PROJECT)
        self._pluggy.add_hookspecs(spec)
        self._laws = Laws(self._pluggy, _log_call if trace else None)
        self.names: list[str] = []
        self.infos = tuple(known)
        """What is loaded, in the order in which it was."""
        self._offers = Offers()
        self._strangers_told: set[str] = set()
        for name, plugin in sources:
            self._register(name, plugin)
        self._check()
        self._offers.collect(self._laws)

    @classmethod
    def load(cls, site: Path | Settings | None = None) -> "Plugins":
        """Load every plugin that is let in: ours, the installed, and the site's.

        Raise PluginError naming the one that fails or is not allowed, SiteError where netpulse.toml is wrong. A plugin
        that is not let in is not even imported.
        """
        settings = configuration.load(site) if isinstance(site, Path) else site
        let_in, left_out = doors(settings)
        for path in loading.overlooked(settings.site) if settings is not None else ():
            log.warning("%s is not loaded: a plugin is one file in plugins/ itself, or an installed package", path)
        telling = Telling(settings)
        sources: list[tuple[str, object]] = []
        for found in let_in:
            plugin = found.load()
            telling.tell(found.info, plugin)
            sources.append((found.info.id, plugin))
        telling.require_all_heard({info.name for info in left_out})
        trace = settings is not None and settings.trace_hooks
        plugins = cls(sources, known=[found.info for found in let_in], trace=trace)
        for info, name, line in plugins.unmarked():
            log.warning(
                "plugin %s: `%s` in line %d is no hook without @hookimpl, and is not called", info.id, name, line
            )
        plugins._offers.require_drivers()  # a plugin looked at by itself lacks the drivers of others
        return plugins

    @property
    def runbooks(self) -> dict[str, Runbook]:
        """Every runbook by name."""
        return {name: found for name, (_, found) in sorted(self._offers.runbooks.items())}

    @property
    def drivers(self) -> dict[str, Driver]:
        """Every driver by its connection name."""
        return {name: found for name, (_, found) in sorted(self._offers.drivers.items())}

    @property
    def renderers(self) -> dict[str, Renderer]:
        """Every renderer by its name, in the order in which they were loaded."""
        return {name: found for name, (_, found) in self._offers.renderers.items()}

    @property
    def parsers(self) -> dict[str, Parser]:
        """Every parser by its name, in the order in which they were loaded."""
        return {name: found for name, (_, found) in self._offers.parsers.items()}

    @property
    def checks(self) -> dict[str, Check]:
        """Every compliance check by its name."""
        return {name: found for name, (_, found) in sorted(self._offers.checks.items())}

    @property
    def notifiers(self) -> dict[str, Notifier]:
        """Every notifier by its name."""
        return {name: found for name, (_, found) in sorted(self._offers.notifiers.items())}

    def endpoints(self) -> dict[str, tuple[Notifier, Endpoint]]:
        """Return every endpoint by its name; raise PluginError where two have one name."""
        return endpoints_of(self._offers.notifiers)

    def runbook(self, name: str) -> Runbook:
        """Return one runbook, or raise NotFound with the closest name."""
        if name not in self._offers.runbooks:
            raise NotFound("runbook", name, known=self._offers.runbooks)
        return self._offers.runbooks[name][1]

    def source_of(self, runbook: str) -> str:
        """Return the name of the plugin a runbook comes from."""
        return self._offers.runbooks[runbook][0]

    def driver_source(self, name: str) -> str:
        """Return the name of the plugin a driver comes from."""
        return self._offers.drivers[name][0]

    def check_source(self, name: str) -> str:
        """Return the name of the plugin a check comes from."""
        return self._offers.checks[name][0]

    def implementers(self, hook: str) -> list[str]:
        """Return the names of the plugins that implement a hook."""
        return self._laws.implementers(hook)

    def offers(self) -> list[dict[str, Any]]:
        """Return what each plugin is and what it offers, as data, in the order in which they were loaded."""
        return [
            {
                "plugin": info.id,
                "name": info.name,
                "door": info.door.value,
                "version": info.version,
                "sha256": info.sha256,
                **self._offers.of(info.id),
                "hooks": [name for name in spec.NAMES if info.id in self.implementers(name)],
            }
            for info in self.infos
        ]

    def folders(self) -> list[tuple[str, str, Path]]:
        """Return the `templates` folder beside each installed plugin that has one: its name, its package, the path."""
        found = []
        for info in self.infos:
            module = sys.modules.get(getattr(self._pluggy.get_plugin(info.id), "__name__", ""))
            folder = Path(getattr(module, "__file__", None) or "/").parent / "templates"
            if info.door is Door.INSTALLED and folder.is_dir():
                found.append((info.name, info.origin, folder))
        return found

    def called(self, hook: str) -> list[str]:
        """Return the plugins a hook calls, in the order in which it does."""
        names = self._laws.implementers(hook)
        return names[::-1] if hook in spec.QUESTIONS else names

    def secret(self, reference: str, store: SecretStore = EMPTY_STORE) -> str:
        """Return the value behind a reference; raise NotFound where no plugin knows it."""
        value = self._laws.ask("resolve_secret", str, reference=reference, store=store)
        if value is None:
            raise NotFound("secret", reference, hint="known forms: env:NAME, file:PATH, secret:NAME, vault:PATH#KEY")
        return value

    def place(self, device: str, nodes: Sequence[Node]) -> str | None:
        """Return the proposed owner of a device, one of these nodes, or None."""
        chosen = self._laws.ask("place_device", str, device=device, nodes=nodes)
        if chosen is None or chosen in {node.id for node in nodes}:
            return chosen
        self._warn_of_stranger(device, nodes, chosen)
        return None

    def _warn_of_stranger(self, device: str, nodes: Sequence[Node], chosen: str) -> None:
        if chosen in self._strangers_told or len(self._strangers_told) == _STRANGERS_TOLD:
            return
        self._strangers_told.add(chosen)
        asked: dict[str, Any] = {"device": device, "nodes": nodes}
        answers = (
            (one, self._laws.ask("place_device", str, alone=one, **asked)) for one in self.called("place_device")
        )
        plugin = next((one for one, answer in answers if answer == chosen), "nobody who says so again")
        log.warning(
            "place_device of plugin %s answers %r for %s, the id of no node it was given (those that are up), and is "
            "not heeded; nothing more is said of %s",
            plugin,
            chosen,
            device,
            "this answer" if len(self._strangers_told) < _STRANGERS_TOLD else "any such answer",
        )

    def unmarked(self) -> list[tuple[PluginInfo, str, int]]:
        """Return each function that is named as a hook is and has no `@hookimpl`: its plugin, its name, its line."""
        plugins = ((info, self._pluggy.get_plugin(info.id)) for info in self.infos)
        return [(info, name, line) for info, plugin in plugins for name, line in unmarked(plugin)]

    def identify(self, headers: Mapping[str, str]) -> Caller | None:
        """Return who sent a request with these headers, or None where no plugin knows; see `identify_caller`."""
        return self._laws.ask("identify_caller", Caller, headers=headers)

    def identifies(self) -> bool:
        """Whether any plugin may know a caller, so that nobody is asked in vain."""
        return bool(self.implementers("identify_caller"))

    def refusals(self, request: RunRequest, runbook: Runbook, devices: Sequence[Device], caller: Caller) -> list[str]:
        """Return a sentence for each reason not to accept a request, naming the plugin that gives it."""
        asked = {"request": request, "runbook": runbook, "devices": devices, "caller": caller}
        said = self._laws.refusals("refuse_run", **asked)
        return [f"{sentence} (plugin {plugin})" for plugin, sentence in said]

    def prepare_inventory(self, inventory: Inventory) -> None:
        """Let plugins adjust an inventory that was just read."""
        self._laws.prepare("prepare_inventory", inventory)

    def prepare_jinja(self, environment: Any) -> None:
        """Let plugins adjust a Jinja2 environment."""
        self._laws.prepare("prepare_jinja", environment)

    def prepare_api(self, app: Any, after: Callable[[str], None] = lambda plugin: None) -> None:
        """Let plugins adjust the REST application; `after` looks at it after each, and may refuse what it did."""
        self._laws.prepare("prepare_api", app, after=after)

    def prepare_cli(self, app: Any) -> None:
        """Let plugins add commands to the command line."""
        self._laws.prepare("prepare_cli", app)

    def observe(self, plugin: str, event: Event) -> None:
        """Tell one plugin of an event; whatever it raises is logged."""
        self._laws.tell("observe", plugin, event=event)

    def _register(self, name: str, plugin: object) -> None:
        require_hooks(self._pluggy, name, plugin)
        try:
            self._pluggy.register(plugin, name=name)
        except (ValueError, pluggy.PluginValidationError) as error:  # offered twice, or a hook of the wrong shape
            raise PluginError(f"plugin {name} could not be registered: {error}", plugin=name) from error
        self.names.append(name)
        for value in vars(plugin).values() if hasattr(plugin, "__dict__") else ():
            if isinstance(value, Runbook) and value.function.__module__ == getattr(plugin, "__name__", None):
                self._offers.add_runbook(name, value)

    def _check(self) -> None:
        try:
            self._pluggy.check_pending()
        except pluggy.PluginValidationError as error:
            raise PluginError(str(error), plugin=str(error.plugin)) from error


def doors(settings: Settings | None) -> tuple[list[loading.Found], list[PluginInfo]]:
    """Return the plugins to load and those that are blocked; raise PluginError for one that is not allowed."""
    admission = Admission(settings.allow_plugins, settings.block_plugins) if settings is not None else Admission()
    let_in, left_out = [], []
    for found in (*loading.builtins(), *loading.installed(), *(loading.of_site(settings.site) if settings else ())):
        if admission.blocks(found.info):
            left_out.append(found.info)
            continue
        if (refused := admission.refusal(found.info)) is not None:
            raise refused
        let_in.append(found)
    return let_in, left_out


def _log_call(hook: str, plugin: str) -> None:
    log.info("hook %s of %s", hook, plugin)
