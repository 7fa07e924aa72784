"""The driver `ssh`: fast command lines over asyncssh, which is imported when a session is opened."""

from pathlib import Path

from netpulse_core import Driver, hookimpl
from netpulse_core.builtins.ssh import catalogue
from netpulse_core.builtins.ssh.driver import Ssh
from netpulse_core.builtins.ssh.platform import Platform

__all__ = ["Platform", "Ssh", "add_platforms"]


def add_platforms(folder: Path | str) -> None:
    """Add the platforms of every `*.yaml` in a folder; one of a name that is known already takes its place.

    A file of `plugins/` calls this. Raises SiteError, with file and line, for what is no platform.
    """
    catalogue.add(Path(folder))


@hookimpl
def register_drivers() -> list[Driver]:
    """Offer the driver that answers to `ssh`."""
    return [Ssh()]
