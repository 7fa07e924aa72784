"""What a recorded device must also know when it is replayed: how its platform refuses, and how sessions are set up."""

from collections.abc import Mapping, Sequence
from typing import Any

from netpulse_core.builtins.netmiko.platforms import Family, family, netmiko_type

_REFUSES = {
    "": "% Invalid input: {line}",
    "arista": "% Invalid input",
    "cisco": "% Invalid input detected at '^' marker.",
    "cisco_nxos": "% Invalid command at '^' marker.",
    "frr": "% Unknown command: {line}",
    "h3c": "% Unrecognized command found at '^' position.",
    "hp_comware": "% Unrecognized command found at '^' position.",
    "huawei": "Error: Unrecognized command found at '^' position.",
    "juniper": "unknown command.",
    "linux": "-bash: {line}: command not found",
    "vyos": "Invalid command: [{line}]",
}
"""By the beginning of netmiko's name of the platform; the longest that fits."""

_ASKED: Mapping[Family, Sequence[str]] = {
    Family.CISCO: ("terminal width 511", "terminal length 0"),
    Family.JUNOS: ("set cli screen-width 511", "set cli screen-length 0"),
    Family.VRP: ("screen-length 0 temporary",),
    Family.VYOS: ("set terminal length 0",),
}
"""Lines with which drivers set a session up; netmiko waits for what a device answers to some of them."""

_SETTINGS: Mapping[Family, Mapping[str, Any]] = {
    Family.CISCO: {"pattern": "(?i)term(?:inal)? .*"},
    Family.JUNOS: {"pattern": "set cli .*"},
    Family.VRP: {"pattern": "screen-length .*"},
    Family.VYOS: {"pattern": "set terminal .*"},
    Family.SHELL: {"pattern": "PS1='netpulse[$] ' .*", "prompt": "netpulse$ "},
}
"""Others, to which a device says nothing."""

LEAVES: Mapping[str, Any] = {"pattern": "exit|logout|quit", "closes": True}


def refusal(platform: str | None) -> str:
    """Return what the platform says to a line it does not know; `{line}` is that line."""
    name = netmiko_type(platform)
    return _REFUSES[max((known for known in _REFUSES if name.startswith(known)), key=len)]


def asked(platform: str | None) -> Sequence[str]:
    """Return the lines that set a session up and are recorded with it."""
    return _ASKED.get(family(platform), ())


def settings(platform: str | None) -> Sequence[Mapping[str, Any]]:
    """Return what becomes of other such lines, whichever driver sends them."""
    found = _SETTINGS.get(family(platform))
    return [found] if found is not None else []
