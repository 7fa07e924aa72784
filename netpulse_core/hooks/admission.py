"""Which plugins a site lets in, decided before any of their code runs."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from netpulse_core.errors import PluginError, SiteError, did_you_mean
from netpulse_core.model.plugin import Door, PluginInfo

_ENTRY = re.compile(r"(?P<name>[\w.-]+)(?:==(?P<version>[\w.+!-]+))?(?:@sha256:(?P<sha256>[0-9a-f]{64}))?")


class Entry(NamedTuple):
    """One line of a list: a name, and where given the only version and content it means."""

    name: str
    version: str
    sha256: str

    @classmethod
    def read(cls, text: str, key: str) -> "Entry":
        """Read `NAME`, `NAME==VERSION`, `NAME@sha256:HEX` or all of it; raise SiteError for anything else."""
        found = _ENTRY.fullmatch(text.strip())
        if found is None:
            raise SiteError(f"not a plugin: {text!r}", key=key, hint="write NAME, NAME==1.2 or NAME==1.2@sha256:HEX")
        return cls(*(found[part] or "" for part in cls._fields))

    def means(self, plugin: PluginInfo) -> bool:
        """Whether this is that plugin, in that version and with that content."""
        return self.name == plugin.name and self.version in ("", plugin.version) and self.sha256 in ("", plugin.sha256)


class Admission:
    """Lets in what is not blocked, where `allow` is empty; what ships with NetPulse is let in unless it is blocked."""

    def __init__(self, allow: Iterable[str] = (), block: Iterable[str] = ()) -> None:
        self.allow = [Entry.read(text, "allow_plugins") for text in allow]
        self.block = [Entry.read(text, "block_plugins") for text in block]

    def blocks(self, plugin: PluginInfo) -> bool:
        """Whether this plugin is to be left out silently: somebody wrote it down."""
        return any(entry.means(plugin) for entry in self.block)

    def idle(self, plugins: Sequence[PluginInfo]) -> Iterator[str]:
        """Yield why an entry blocks none of these plugins, which are all there are: what it meant runs."""
        for entry in self.block:
            namesakes = [plugin for plugin in plugins if plugin.name == entry.name]
            runs = next((plugin for plugin in namesakes if not self.blocks(plugin)), None)
            if not namesakes:
                meant = did_you_mean(entry.name, {plugin.name for plugin in plugins})
                yield f"there is no plugin {entry.name!r}, so that none is blocked by this name{meant}"
            elif runs is not None and not any(entry.means(plugin) for plugin in namesakes):
                if entry.version in ("", runs.version):
                    yield f"{runs.name} is not blocked: its content is not the one that {entry.name}@sha256:... is"
                else:
                    version = f"version {runs.version}" if runs.version else "without a version"
                    yield f"{runs.name} is not blocked: it is {version}, and {entry.name}=={entry.version} is"

    def refusal(self, plugin: PluginInfo) -> PluginError | None:
        """Return why this plugin may not be loaded; a list that leaves one out by mistake must be heard of."""
        if not self.allow or plugin.door is Door.BUILTIN or any(entry.means(plugin) for entry in self.allow):
            return None
        named = [entry for entry in self.allow if entry.name == plugin.name]
        return PluginError(
            f"plugin {plugin.id} is not allowed here: {_why(plugin, named)}",
            plugin=plugin.id,
            hint=f"to allow it as it is: add {line_of(plugin)!r} to allow_plugins in netpulse.toml",
        )


def line_of(plugin: PluginInfo) -> str:
    """Return the entry that means this very plugin."""
    version = f"=={plugin.version}" if plugin.version else ""
    return f"{plugin.name}{version}{f'@sha256:{plugin.sha256}' if plugin.sha256 else ''}"


def _why(plugin: PluginInfo, named: Sequence[Entry]) -> str:
    if not named:
        return "allow_plugins does not name it"
    if not any(entry.version in ("", plugin.version) for entry in named):
        return f"it is version {plugin.version or 'none'}, and another is allowed"
    return "its content is not the one that is allowed"
