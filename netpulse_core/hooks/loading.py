"""The three doors of a plugin: built in, installed, or a file of the site; one shape for all."""

import hashlib
import importlib
import importlib.machinery
import importlib.util
import sys
import traceback
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from types import CodeType, ModuleType

from netpulse_core.errors import PluginError
from netpulse_core.hooks.spec import PROJECT

BUILTINS = (
    "netmiko",
    "napalm",
    "http",
    "eapi",
    "ssh",
    "linux",
    "netconf",
    "snmp",
    "runbooks",
    "secrets",
    "placement",
    "proxy",
    "api_headers",
)
"""Found by name, so that a room which may not reach a device library need not import them."""


def builtins() -> Iterator[tuple[str, ModuleType]]:
    """Yield the plugins NetPulse ships."""
    for name in BUILTINS:
        yield f"builtin:{name}", importlib.import_module(f"netpulse_core.builtins.{name}")


def installed() -> Iterator[tuple[str, object]]:
    """Yield the plugins of installed distributions, entry-point group `netpulse`."""
    for entry in sorted(entry_points(group=PROJECT), key=lambda found: found.name):
        origin = f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value
        try:
            yield f"{origin}:{entry.name}", entry.load()
        except (
            Exception,
            SystemExit,
        ) as error:  # the plugin-call boundary: whatever its import raised, name the plugin
            raise _broken(f"{origin}:{entry.name}", error) from error


def of_site(site: Path) -> Iterator[tuple[str, ModuleType]]:
    """Yield the modules of the site's `plugins/` folder, one file one plugin."""
    prefix = f"netpulse_site_{hashlib.sha256(str(site.resolve()).encode()).hexdigest()[:8]}"
    for path in sorted((site / "plugins").glob("*.py")):
        if path.stem.startswith("_"):
            continue
        try:
            yield f"plugins/{path.name}", _module(f"{prefix}_{path.stem}", path)
        except (Exception, SystemExit) as error:  # the plugin-call boundary, as above
            raise _broken(f"plugins/{path.name}", error, path) from error


class _Source(importlib.machinery.SourceFileLoader):
    """Compiles the file as it is now: bytecode goes by whole seconds and size, and an edit may change neither."""

    def get_code(self, fullname: str) -> CodeType:
        """Return the compiled text of the file."""
        return self.source_to_code(self.get_data(self.path), self.path)


def _module(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path, loader=_Source(name, str(path.absolute())))
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
