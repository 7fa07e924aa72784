"""Scrapli's platforms, and what they are called where refusals, read verbs and candidates are known."""

from collections.abc import Mapping, Sequence

_SHORT: Mapping[str, str] = {
    "cisco_ios": "cisco_iosxe",
    "cisco_xe": "cisco_iosxe",
    "cisco_xr": "cisco_iosxr",
    "eos": "arista_eos",
    "ios": "cisco_iosxe",
    "iosxr": "cisco_iosxr",
    "junos": "juniper_junos",
    "nxos": "cisco_nxos",
    "nxos_ssh": "cisco_nxos",
}
"""NAPALM's and netmiko's names of what scrapli brings itself."""

_NETMIKO: Mapping[str, str] = {"cisco_iosxe": "cisco_xe", "cisco_iosxr": "cisco_xr"}

ABILITIES: Mapping[str, Sequence[str]] = {
    "arista_eos": ("commands", "configuration", "save"),
    "cisco_iosxe": ("commands", "configuration", "save"),
    "cisco_iosxr": ("commands", "configuration", "commit"),
    "cisco_nxos": ("commands", "configuration", "save"),
    "juniper_junos": ("commands", "configuration", "commit"),
}

SAVES: Mapping[str, str] = {
    "arista_eos": "write memory",
    "cisco_iosxe": "write memory",
    "cisco_nxos": "copy running-config startup-config",
}
"""What saves the running configuration, where lines take effect at once."""


def scrapli_name(platform: str | None) -> str:
    """Return scrapli's name of a platform; one that it does not bring itself may be of its community's."""
    name = (platform or "").lower()
    return _SHORT.get(name, name)


def netmiko_name(platform: str | None) -> str:
    """Return the name under which refusals and read verbs are known."""
    name = scrapli_name(platform)
    return _NETMIKO.get(name, name)
