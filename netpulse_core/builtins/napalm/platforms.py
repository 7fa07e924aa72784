"""What NAPALM can do on each of its platforms, and what the drivers below it are called elsewhere."""

from collections.abc import Mapping, Sequence

_ALWAYS = ("getters", "validate", "cli", "merge", "replace", "rollback")

ABILITIES: Mapping[str, Sequence[str]] = {
    "eos": (*_ALWAYS, "revert_in"),
    "ios": (*_ALWAYS, "revert_in"),
    "iosxr": (*_ALWAYS, "message"),
    "nxos_ssh": _ALWAYS,
}
"""`revert_in`: a commit that takes itself back unless it is confirmed in time. `message`: a comment kept with it."""

NOT_SPOKEN: Mapping[str, str] = {
    "nxos": "NAPALM's NX-API client cannot be broken off, and does not check the certificate; use nxos_ssh",
    "junos": "NAPALM checks no host key of a NETCONF session before it sends the password; use netconf or netmiko",
    "iosxr_netconf": "NAPALM checks no host key of a NETCONF session before it sends the password; use iosxr",
}
"""Platforms of NAPALM that are refused before anything is sent, and why."""

NETMIKO_TYPES: Mapping[str, str] = {
    "eos": "arista_eos",
    "ios": "cisco_ios",
    "iosxr": "cisco_xr",
    "nxos_ssh": "cisco_nxos",
}

TYPED = frozenset({"ios", "iosxr", "nxos_ssh"})
"""Platforms whose commands are typed at a prompt; a candidate is a file there."""

RESTORES_ITSELF = frozenset({"ios", "nxos_ssh"})
"""Platforms without a candidate of their own: where a merge is refused half-way, NAPALM puts the old one back."""

_OTHER_NAMES: Mapping[str, str] = {
    "arista_eos": "eos",
    "cisco_ios": "ios",
    "cisco_xe": "ios",
    "cisco_xr": "iosxr",
    "cisco_nxos": "nxos_ssh",
    "juniper_junos": "junos",
    "juniper": "junos",
}


def napalm_name(platform: str | None) -> str:
    """Return NAPALM's name of a platform, which may be given by netmiko's."""
    name = (platform or "").lower()
    return _OTHER_NAMES.get(name, name)


def can(platform: str | None, ability: str) -> bool:
    """Whether the platform can do this through NAPALM."""
    return ability in ABILITIES.get(napalm_name(platform), ())
