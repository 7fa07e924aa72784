"""The lab written down as a Nornir SimpleInventory."""

from pathlib import Path
from typing import Any

import yaml

from netpulse_core.lab.cassette import Cassette
from netpulse_core.lab.network import Lab


def write_inventory(lab: Lab, folder: Path, *, password: str | None = None, secret: str | None = None) -> None:
    """Write hosts.yaml, groups.yaml and defaults.yaml into `folder`.

    `password` and `secret` are written in place of the lab's own: a reference as `env:NETPULSE_LAB_PASSWORD`.
    """
    devices = lab.devices.values()
    plan = lab.blueprint
    hosts: dict[str, dict[str, Any]] = {
        device.name: {
            "hostname": device.address,
            "port": device.port,
            "groups": [device.role, device.site],
            "data": {
                "site": device.site,
                "role": device.role,
                "model": device.machine.model,
                "serial": device.machine.serial,
            },
        }
        for device in devices
    }
    for device in devices:
        if isinstance(device.script, Cassette):
            _as_recorded(hosts[device.name], device.script)
    groups: dict[str, dict[str, Any]] = {}
    groups |= {role: {"data": {"role": role}} for role in sorted({device.role for device in devices})}
    groups |= {site: {"data": {"site": site}} for site in sorted({device.site for device in devices})}
    extras: dict[str, object] = {"conn_timeout": 10, "auth_timeout": 20, "banner_timeout": 20}
    if plan.secret is not None:
        extras["secret"] = secret or plan.secret
    defaults = {
        "username": plan.username,
        "password": password or plan.password,
        "platform": "cisco_ios",
        "connection_options": {"netmiko": {"extras": extras}},
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (("hosts", hosts), ("groups", groups), ("defaults", defaults)):
        text = yaml.safe_dump(content, sort_keys=False, default_flow_style=False)
        (folder / f"{name}.yaml").write_text(f"---\n{text}")


def _as_recorded(host: dict[str, Any], cassette: Cassette) -> None:
    """Say of a device the platform it was recorded as, and the driver it was recorded over."""
    if cassette.platform:
        host["platform"] = cassette.platform
    if driver := cassette.recorded.get("driver"):
        host["data"]["netpulse_driver"] = driver
