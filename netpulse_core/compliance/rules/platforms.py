"""Platforms as inventories write them: which are one system, and what reads the configuration of each."""

from collections.abc import Iterable

_NAMES = {
    "cisco_ios": ("ios", "cisco_xe", "iosxe", "ios_xe"),
    "cisco_xr": ("iosxr", "ios_xr", "xr"),
    "cisco_nxos": ("nxos", "nxos_ssh"),
    "arista_eos": ("eos",),
    "juniper_junos": ("junos", "juniper"),
    "frr": ("frrouting",),
    "vyos": (),
    "huawei_vrp": ("huawei", "vrp", "huawei_vrpv8"),
    "aruba_aoscx": ("aoscx", "aruba_os_cx"),
    "fortinet": ("fortios", "fortinet_fortios"),
    "hp_comware": ("hp_comware5", "comware"),
    "hp_procurve": ("aruba_osswitch", "procurve"),
    "nokia_srl": ("srl", "srlinux"),
    "ruckus_fastiron": ("fastiron",),
}
_SYSTEM = {name: system for system, names in _NAMES.items() for name in (system, *names)}

KNOWN = tuple(_SYSTEM)

_LIBRARY = {
    "cisco_ios": "CISCO_IOS",
    "cisco_xr": "CISCO_XR",
    "cisco_nxos": "CISCO_NXOS",
    "arista_eos": "ARISTA_EOS",
    "juniper_junos": "JUNIPER_JUNOS",
    "vyos": "VYOS",
    "huawei_vrp": "HUAWEI_VRP",
    "aruba_aoscx": "ARUBA_AOSCX",
    "fortinet": "FORTINET_FORTIOS",
    "hp_comware": "HP_COMWARE5",
    "hp_procurve": "HP_PROCURVE",
    "nokia_srl": "NOKIA_SRL",
    "ruckus_fastiron": "RUCKUS_FASTIRON",
}
"""What hier_config calls them; it reads every other, FRR among them, by its indentation alone."""


def system(platform: str | None) -> str:
    """Return one name for all the names of a system, so that a rule for `cisco_ios` is for `ios` and `cisco_xe` too."""
    name = (platform or "").lower().removesuffix("_telnet").removesuffix("_ssh")
    return _SYSTEM.get(name, name)


def fits(platform: str | None, platforms: Iterable[str]) -> bool:
    """Whether a device's platform is one of these, under whichever name."""
    return system(platform) in {system(one) for one in platforms}


def library(platform: str | None) -> str:
    """Return hier_config's name of the platform."""
    return _LIBRARY.get(system(platform), "GENERIC")


def negates(platform: str | None) -> bool:
    """Whether it is known how this system takes a line back."""
    return system(platform) in _LIBRARY or system(platform) == "frr"
