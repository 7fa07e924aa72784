"""An example of a command of one's own: `netpulse sites` counts the devices of each site, without a service."""

from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from netpulse_core import hookimpl


@hookimpl
def prepare_cli(app: Any) -> None:
    """Add `netpulse sites`."""
    app.command("sites")(sites)


def sites(folder: Path = Path("inventory")) -> None:
    """Count the devices of each group that says which site it is."""
    groups = yaml.safe_load((folder / "groups.yaml").read_text())
    hosts = yaml.safe_load((folder / "hosts.yaml").read_text())
    named = {name: group["data"]["site"] for name, group in groups.items() if "site" in (group.get("data") or {})}
    found = Counter(named[group] for host in hosts.values() for group in host.get("groups", ()) if group in named)
    for site, count in sorted(found.items()):
        print(f"{site}  {count}")  # noqa: T201  what a command prints is its answer
