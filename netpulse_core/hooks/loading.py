"""The three doors of a plugin: built in, installed, or a file of the site; one shape for all."""

import hashlib
import importlib
import importlib.machinery
import importlib.util
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import Distribution, EntryPoint, entry_points
from pathlib import Path
from types import CodeType, ModuleType

from netpulse_core.errors import PluginError
from netpulse_core.hooks.spec import PROJECT
from netpulse_core.model.plugin import Door, PluginInfo

BUILTINS = (
    "netmiko",
    "napalm",
    "scrapli",
    "http",
    "eapi",
    "ssh",
    "linux",
    "netconf",
    "snmp",
    "jinja2",
    "textfsm",
    "ttp",
    "runbooks",
    "recording",
    "filetransfer",
    "secrets",
    "secretstore",
    "vault",
    "checks",
    "backups",
    "placement",
    "proxy",
    "api_headers",
    "webhooks",
)
"""Found by name, so that a room which may not reach a device library need not import them."""


ONE_FILE = "a plugin is one file in plugins/ itself: move it there, or install it as a package"
_MARKS = re.compile(rb"^\s*@(?:\w+\.)?(?:hookimpl|runbook)\b", re.MULTILINE)
"""What a plugin says of its functions."""


@dataclass(frozen=True, slots=True)
class Found:
    """A plugin that stands before a door: `load` runs its code, and raises PluginError where that fails."""

    info: PluginInfo
    load: Callable[[], object]


def builtins() -> Iterator[Found]:
    """Yield the plugins NetPulse ships."""
    for name in BUILTINS:
        module = f"netpulse_core.builtins.{name}"
        info = PluginInfo(id=f"builtin:{name}", name=name, door=Door.BUILTIN, origin=module)
        yield Found(info, partial(importlib.import_module, module))


def installed() -> Iterator[Found]:
    """Yield the plugins of installed distributions, entry-point group `netpulse`."""
    for entry in sorted(entry_points(group=PROJECT), key=lambda found: found.name):
        dist = entry.dist
        origin = f"{dist.name} {dist.version}" if dist else entry.value
        info = PluginInfo(
            id=f"{origin}:{entry.name}",
            name=entry.name,
            door=Door.INSTALLED,
            version=dist.version if dist else "",
            origin=origin,
            sha256=_content(dist) if dist else "",
        )
        yield Found(info, partial(_loaded, entry, info.id))


def of_site(site: Path) -> Iterator[Found]:
    """Yield the modules of the site's `plugins/` folder, one file one plugin."""
    prefix = f"netpulse_site_{hashlib.sha256(str(site.resolve()).encode()).hexdigest()[:8]}"
    for path in sorted((site / "plugins").glob("*.py")):
        if path.stem.startswith("_"):
            continue
        text = path.read_bytes()  # once: what is let in by its hash is what runs
        info = PluginInfo(
            id=f"plugins/{path.name}",
            name=path.stem,
            door=Door.SITE,
            origin=str(path),
            sha256=hashlib.sha256(text).hexdigest(),
        )
        yield Found(info, partial(_of_file, f"{prefix}_{path.stem}", path, text))


def overlooked(site: Path) -> list[Path]:
    """Return a file of each folder beneath `plugins/` that was written as a plugin: none there is ever loaded."""
    folders = sorted(one for one in (site / "plugins").glob("*/") if not one.name.startswith(("_", ".")))
    found = (next((path for path in sorted(one.rglob("*.py")) if _is_plugin(path)), None) for one in folders)
    return [path for path in found if path is not None]


def _is_plugin(path: Path) -> bool:
    try:
        return _MARKS.search(path.read_bytes()) is not None
    except OSError:  # a folder of that name, or a link to nothing
        return False


def _loaded(entry: EntryPoint, plugin: str) -> object:
    try:
        return entry.load()
    except (Exception, SystemExit) as error:  # the plugin-call boundary: whatever its import raised, name the plugin
        raise _broken(plugin, error) from error


def _of_file(name: str, path: Path, text: bytes) -> ModuleType:
    try:
        return _module(name, path, text)
    except (Exception, SystemExit) as error:  # the plugin-call boundary, as above
        raise _broken(f"plugins/{path.name}", error, path) from error


def _content(dist: Distribution) -> str:
    """Return the hash of a distribution's Python files, by name, so that an edited one is another content."""
    digest = hashlib.sha256()
    for file in sorted(dist.files or (), key=str):
        if file.suffix == ".py" and (path := Path(str(file.locate()))).is_file():
            digest.update(f"{file}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


class _Source(importlib.machinery.SourceFileLoader):
    """Compiles the text that was read: bytecode goes by whole seconds and size, and an edit may change neither."""

    def __init__(self, name: str, path: str, text: bytes) -> None:
        super().__init__(name, path)
        self._text = text

    def get_code(self, fullname: str) -> CodeType:
        """Return the compiled text of the file."""
        return self.source_to_code(self._text, self.path)


def _module(name: str, path: Path, text: bytes) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path, loader=_Source(name, str(path.absolute()), text))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickles look their module up by name
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _broken(plugin: str, error: BaseException, path: Path | None = None) -> PluginError:
    place = f"{path}:{_line(error, path)}: " if path else ""
    what = str(error) if isinstance(error, PluginError) else f"{type(error).__name__}: {error}"
    hint = error.hint if isinstance(error, PluginError) else ""
    return PluginError(f"plugin {plugin} could not be loaded: {place}{what}", plugin=plugin, hint=hint)


def _line(error: BaseException, path: Path) -> int:
    whole = path.absolute()  # as Python names a file in a traceback, wherever the site's own path starts from
    if isinstance(error, SyntaxError) and error.filename == str(whole):
        return error.lineno or 0
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno or 0 for frame in reversed(frames) if Path(frame.filename) == whole), 0)
