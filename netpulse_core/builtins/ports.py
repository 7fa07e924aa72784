"""Which TCP port of a device its driver uses, where the inventory names none."""

from collections.abc import Mapping
from typing import Any

from nornir.core.inventory import Host

from netpulse_core import errors
from netpulse_core.builtins.napalm.platforms import napalm_name

_JUMP = "netpulse_jump"

_SHELLS = frozenset({"ssh", "linux", "scrapli", "netmiko"})
"""Drivers that speak SSH, unless their options say otherwise."""


def tcp_port(host: Host, driver: str) -> tuple[str, int]:
    """Return the address and the port; raise Refused where a connection of TCP from here says nothing of the device."""
    target = host.get_connection_parameters(driver)
    extras = target.extras or {}
    if extras.get(_JUMP, host.get(_JUMP)):
        why = "is reached through a jump host, and a probe from here would say nothing of it"
        raise _refused(host, why, "ask it by its driver, such as `send_commands` with a command that reads")
    if driver == "snmp":
        why = "is asked by SNMP, over UDP, which tells of no port whether it is open"
        raise _refused(host, why, "`snmp_get` of sysUpTime, 1.3.6.1.2.1.1.3.0, says whether it answers")
    port = _given(driver, extras) or target.port or _usual(driver, str(target.platform or ""), extras)
    if port is None:
        why = f"has the driver {driver!r}, of which no port is known, and the inventory names none"
        raise _refused(host, why, "give the device a `port` in inventory/")
    return target.hostname or host.name, port


def _given(driver: str, extras: Mapping[str, Any]) -> int | None:
    """Return the port of NAPALM's own options, which count before the device's."""
    given = (extras.get("optional_args") or {}).get("port") if driver == "napalm" else None
    return int(given) if given else None


def _usual(driver: str, platform: str, extras: Mapping[str, Any]) -> int | None:
    if driver == "netconf":
        return 830
    if driver in ("http", "eapi"):
        return 80 if extras.get("scheme") == "http" else 443
    if driver == "napalm":
        return _of_napalm(napalm_name(platform), extras.get("optional_args") or {})
    if driver in _SHELLS:
        return 23 if "telnet" in platform else 22
    return None


def _of_napalm(platform: str, options: Mapping[str, Any]) -> int:
    """Return the port of what NAPALM speaks through: EOS's eAPI unless it is told to use SSH, telnet if told so."""
    transport = options.get("transport")
    if platform != "eos":
        return 23 if transport == "telnet" else 22
    return {"ssh": 22, "http": 80}.get(transport or options.get("eos_transport", "https"), 443)


def _refused(host: Host, why: str, hint: str) -> errors.Refused:
    return errors.Refused(f"{host.name} {why}", hint=hint)
