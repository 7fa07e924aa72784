"""An example of a command of one's own: `netpulse sites` counts the devices of each site, without a service."""

from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from netpulse_core import errors, hookimpl

INVENTORY = Path(__file__).resolve().parents[1] / "inventory"
"""That of the site this plugin is of, whatever folder one stands in: `--site` loads the plugins of its own site."""


@hookimpl
def prepare_cli(app: Any) -> None:
    """Add `netpulse sites`."""
    app.command("sites")(sites)


def sites() -> None:
    """Count the devices of each group that says which site it is."""
    groups, hosts = read("groups.yaml"), read("hosts.yaml")
    if not hosts:
        raise errors.SiteError("there are no hosts", path=INVENTORY / "hosts.yaml", hint="see `netpulse check`")
    bodies = {name: (group or {}).get("data") or {} for name, group in groups.items()}
    named = {name: data["site"] for name, data in bodies.items() if "site" in data}
    of_hosts = ((host or {}).get("groups") or () for host in hosts.values())
    found = Counter(named[group] for groups_of in of_hosts for group in groups_of if group in named)
    for site, count in sorted(found.items()):
        print(f"{site}  {count}")  # noqa: T201  what a command prints is its answer


def read(name: str) -> dict[str, Any]:
    """Return what a file of the inventory says; a site may do without its groups."""
    try:
        return yaml.safe_load((INVENTORY / name).read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        return {}
    except (OSError, yaml.YAMLError) as error:
        raise errors.SiteError("cannot be read", path=INVENTORY / name, hint="see `netpulse check`") from error
