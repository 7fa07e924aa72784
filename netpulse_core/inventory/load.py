"""Nornir's own SimpleInventory files, read ten times faster, with file, line and key for every mistake."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nornir.core.exceptions import PluginAlreadyRegistered
from nornir.core.inventory import (
    ConnectionOptions,
    Defaults,
    Group,
    Groups,
    Host,
    Hosts,
    Inventory,
    ParentGroups,
)
from nornir.core.plugins.inventory import InventoryPluginRegister

from netpulse_core.errors import PluginError, SiteError, did_you_mean
from netpulse_core.inventory import schema, snapshot
from netpulse_core.inventory.notice import Notice, raise_first
from netpulse_core.inventory.yamlfile import YamlFile

FOLDER = "inventory"
HOSTS, GROUPS, DEFAULTS = "hosts.yaml", "groups.yaml", "defaults.yaml"

_EMPTY: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class InventoryFiles:
    """The site's parsed files; Nornir lets a site do without groups and without defaults."""

    hosts: YamlFile
    groups: YamlFile | None
    defaults: YamlFile | None

    def problems(self) -> list[Notice]:
        """Return every error in them."""
        return list(schema.problems(self.hosts, self.groups, self.defaults))

    def documents(self) -> dict[str, Any]:
        """Return their data, empty where a file is missing or empty."""
        files = {"hosts": self.hosts, "groups": self.groups, "defaults": self.defaults}
        return {name: (file.data if file else None) or {} for name, file in files.items()}


def parsed(site: Path, contents: Mapping[str, bytes]) -> InventoryFiles:
    """Parse the site's inventory files; raise SiteError for one that is missing or is not YAML."""
    demand_hosts(site, contents)
    hosts = read(site, contents, HOSTS)
    assert hosts is not None
    return InventoryFiles(hosts, read(site, contents, GROUPS), read(site, contents, DEFAULTS))


def demand_hosts(site: Path, contents: Mapping[str, bytes]) -> None:
    """Raise SiteError where the one file is missing that an inventory cannot do without."""
    if f"{FOLDER}/{HOSTS}" in contents:
        return
    hint = f"`netpulse init {site}` makes a new site"
    if f"{FOLDER}/hosts.yml" in contents:
        hint = f"rename hosts.yml to {HOSTS}"
    raise SiteError("the inventory's hosts file is missing", path=site / FOLDER / HOSTS, hint=hint)


def read(site: Path, contents: Mapping[str, bytes], name: str) -> YamlFile | None:
    """Parse one of the inventory files, None where there is none; raise SiteError where it is not YAML."""
    content = contents.get(f"{FOLDER}/{name}")
    return None if content is None else YamlFile(site / FOLDER / name, content)


def of_yaml(site: Path, contents: Mapping[str, bytes], snapshots: Path | None) -> Inventory:
    """Return the inventory of the site's YAML files, from a snapshot where their content was read before."""
    if snapshots is None:
        return built(_documents(site, contents))
    files = (contents.get(f"{FOLDER}/{name}") for name in (HOSTS, GROUPS, DEFAULTS))
    name = snapshot.name_of(b"".join(b"-\0" if file is None else b"%d\0%b" % (len(file), file) for file in files))
    documents = snapshot.read(snapshots, name)
    if documents is None:
        documents = _documents(site, contents)
        snapshot.write(snapshots, name, documents)
    return built(documents)


def _documents(site: Path, contents: Mapping[str, bytes]) -> dict[str, Any]:
    inventory_files = parsed(site, contents)
    raise_first(inventory_files.problems())
    return inventory_files.documents()


def of_plugin(name: str, options: Mapping[str, Any]) -> Inventory:
    """Return what the Nornir inventory plugin of this name loads."""
    try:
        InventoryPluginRegister.auto_register()
    except (PluginAlreadyRegistered, ImportError) as error:
        raise SiteError(
            f"the Nornir plugins could not be registered: {error}", hint="repair or uninstall that plugin"
        ) from error
    available: dict[str, Any] = InventoryPluginRegister.available
    # Nornir keeps its plugins of every kind in this one dictionary
    known = [each for each, plugin in available.items() if callable(getattr(plugin, "load", None))]
    if name not in known:
        message = f"no Nornir inventory plugin {name!r}{did_you_mean(name, known)}"
        hint = f"install the distribution that has it; installed are {', '.join(sorted(known))}"
        raise SiteError(message, key="inventory_plugin", hint=hint)
    try:
        inventory: Inventory = available[name](**options).load()
    except Exception as error:  # the plugin-call boundary: whatever it raised, name the plugin
        message = f"the inventory plugin {name!r} failed: {type(error).__name__}: {error}"
        raise PluginError(message, plugin=name, hint="see inventory_options in netpulse.toml") from error
    if not inventory.hosts:
        raise SiteError(f"the inventory plugin {name!r} gave no host", key="inventory_plugin")
    return inventory


def built(documents: Mapping[str, Any]) -> Inventory:
    """Return validated documents as Nornir's objects."""
    defaults = Defaults(**_common(documents["defaults"]))
    groups = Groups()
    for name, body in documents["groups"].items():
        groups[name] = Group(name, defaults=defaults, **_common(body or _EMPTY))
    for name, body in documents["groups"].items():
        groups[name].groups = _parents(body or _EMPTY, groups)
    hosts = Hosts()
    for name, body in documents["hosts"].items():
        body = body or _EMPTY
        hosts[name] = Host(name, groups=_parents(body, groups), defaults=defaults, **_common(body))
    return Inventory(hosts=hosts, groups=groups, defaults=defaults)


def _parents(body: Mapping[str, Any], groups: Groups) -> ParentGroups:
    return ParentGroups([groups[name] for name in body.get("groups") or ()])


def _common(body: Mapping[str, Any]) -> dict[str, Any]:
    arguments = dict(body)
    arguments.pop("groups", None)
    arguments.pop("name", None)
    if options := arguments.get("connection_options"):
        arguments["connection_options"] = {
            name: ConnectionOptions(**(option or _EMPTY)) for name, option in options.items()
        }
    return arguments
