"""Commands that the plugins of a site add; looked for only where one is asked for that NetPulse does not have."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer
from typer.main import get_group

from netpulse_core.cli.given import Given
from netpulse_core.cli.place import site_of
from netpulse_core.errors import SiteError
from netpulse_core.hooks.manager import Plugins


def commands(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the added commands by name; `said` are the options before the command.

    Without a site the installed plugins add theirs alone. Raise PluginError naming the plugin that fails.
    """
    site = said.get("site") or os.environ.get("NETPULSE_SITE")
    try:
        folder = site_of(Given(site=Path(site) if site else None))
    except SiteError:
        folder = None
    return names(Plugins.load(folder))


def names(plugins: Plugins) -> dict[str, Any]:
    """Return what plugins add, by name."""
    app = typer.Typer()
    app.callback()(lambda: None)  # or Typer would make a program of a single command
    plugins.prepare_cli(app)
    return dict(get_group(app).commands)
