"""What the inventory says of the way to a device and of its sessions, under keys that begin with `netpulse_`.

They stand in the data of a host, a group or the defaults, or in the extras of a connection, which come first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nornir.core.inventory import Host

from netpulse_core.errors import SiteError, did_you_mean
from netpulse_core.model.connection import SessionLimits
from netpulse_core.model.device import Device

OURS = "netpulse_"
"""What options of NetPulse's own begin with: no device library is given them."""

JUMP = "netpulse_jump"
CREDENTIALS = "netpulse_credentials"
CONNECT_TIMEOUT, IDLE_TIMEOUT = "netpulse_connect_timeout", "netpulse_idle_timeout"
MAX_SESSIONS, EXEC_TIMEOUT = "netpulse_max_sessions", "netpulse_exec_timeout"

OPTIONS = (Device.DRIVER, JUMP, CREDENTIALS, CONNECT_TIMEOUT, IDLE_TIMEOUT, MAX_SESSIONS, EXEC_TIMEOUT)
"""All there are."""

MOST_HOPS = 2

_GIVEN = frozenset({"hostname", "port", "username", "password", "key_file"})
_NONE = f"set `{JUMP}: null` on the device that is reached directly"

Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Jump:
    """One host to go through: a device of the inventory, or what was written in its place."""

    name: str
    host: Host | None = None
    given: Mapping[str, Any] = field(default_factory=dict)


def said(extras: Mapping[str, Any] | None, data: Mapping[str, Any]) -> Said:
    """Return NetPulse's own options, those of the connection before the data."""
    found = {key: value for key, value in data.items() if key.startswith(OURS)}
    return found | {key: value for key, value in (extras or {}).items() if key.startswith(OURS)}


def library_options(extras: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the device library is to get."""
    return {key: value for key, value in extras.items() if not key.startswith(OURS)}


def limits(name: str, options: Said) -> SessionLimits:
    """Return what a device says of its sessions; raise SiteError where it is no such thing."""
    return SessionLimits(
        connect_timeout=_seconds(name, options, CONNECT_TIMEOUT),
        idle_timeout=_seconds(name, options, IDLE_TIMEOUT),
        most=_count(name, options, MAX_SESSIONS),
        exec_timeout=_seconds(name, options, EXEC_TIMEOUT),
    )


def path(name: str, options: Said, hosts: Mapping[str, Host], own: Callable[[Host], Said]) -> tuple[Jump, ...]:
    """Return the hosts to go through to a device, the one next to us first; `own` gives the options of another device.

    A single name is reached as its own options say; a list is the whole way.
    """
    found = _path((name,), options.get(JUMP), hosts, own)
    if len(found) > MOST_HOPS:
        way = " > ".join([*(jump.name for jump in found), name])
        raise _wrong(name, JUMP, f"{way} is more than {MOST_HOPS} jump hosts", "shorten the way")
    return found


def _path(
    trail: tuple[str, ...], wanted: Any, hosts: Mapping[str, Host], own: Callable[[Host], Said]
) -> tuple[Jump, ...]:
    if wanted is None or wanted in ("", []):
        return ()
    if isinstance(wanted, str):
        jump = _known(trail, wanted, hosts)
        assert jump.host is not None
        return (*_path((*trail, wanted), own(jump.host).get(JUMP), hosts, own), jump)
    if isinstance(wanted, Mapping):
        return (_written(trail[0], wanted),)
    if not isinstance(wanted, Sequence):
        raise _wrong(trail[0], JUMP, f"expected a device, a list of them or a mapping, got {wanted!r}", "")
    return _listed(trail, wanted, hosts)


def _listed(trail: tuple[str, ...], wanted: Sequence[Any], hosts: Mapping[str, Host]) -> tuple[Jump, ...]:
    jumps: list[Jump] = []
    for one in wanted:
        if isinstance(one, Mapping):
            jumps.append(_written(trail[0], one))
        elif isinstance(one, str):
            jumps.append(_known((*trail, *(jump.name for jump in jumps)), one, hosts))
        else:
            raise _wrong(trail[0], JUMP, f"expected a device or a mapping, got {one!r}", "")
    return tuple(jumps)


def _known(trail: tuple[str, ...], name: str, hosts: Mapping[str, Host]) -> Jump:
    if name in trail:
        way = " > ".join((*trail, name))
        raise _wrong(trail[0], JUMP, f"a host cannot be reached through itself: {way}", _NONE)
    if name not in hosts:
        hint = "name a device of the inventory, or write `{hostname: ..., username: ...}`"
        raise _wrong(trail[0], JUMP, f"no device {name!r}{did_you_mean(name, hosts)}", hint)
    return Jump(name, host=hosts[name])


def _written(device: str, given: Mapping[str, Any]) -> Jump:
    for key in given:
        if key not in _GIVEN:
            raise _wrong(device, JUMP, f"unknown key {str(key)!r}{did_you_mean(str(key), _GIVEN)}", "")
    for key in ("hostname", "username"):
        if not isinstance(given.get(key), str) or not given[key]:
            raise _wrong(device, JUMP, f"a jump host that is no device needs a {key}", "such as `hostname: 192.0.2.1`")
    port = given.get("port")
    if port is not None and (type(port) is not int or not 1 <= port <= 65535):
        raise _wrong(device, JUMP, f"{port!r} is not a port", "a port is a whole number between 1 and 65535")
    for key in ("password", "key_file"):
        if given.get(key) is not None and not isinstance(given[key], str):
            raise _wrong(device, JUMP, f"{key}: expected text", "put it in quotes")
    return Jump(given["hostname"], given=given)


def _seconds(name: str, options: Said, key: str) -> float | None:
    value = options.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 86400:
        raise _wrong(
            name, key, f"expected seconds, more than 0 and at most 86400, got {value!r}", f"such as `{key}: 30`"
        )
    return float(value)


def _count(name: str, options: Said, key: str) -> int | None:
    value = options.get(key)
    if value is None:
        return None
    if type(value) is not int or value < 1:
        raise _wrong(name, key, f"expected a whole number of at least 1, got {value!r}", f"such as `{key}: 4`")
    return value


def _wrong(name: str, key: str, message: str, hint: str) -> SiteError:
    return SiteError(message, key=f"{name}.data.{key}", hint=hint)
