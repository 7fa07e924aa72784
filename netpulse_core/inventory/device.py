"""What a Nornir host amounts to once everything it inherits is counted, found without touching shared objects."""

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from nornir.core.inventory import ConnectionOptions, Defaults, Group, Host, Inventory

from netpulse_core.errors import SiteError
from netpulse_core.inventory import credentials, reach
from netpulse_core.model.connection import ConnectionParameters
from netpulse_core.model.device import Device

CONNECTION = "netmiko"
"""The connection whose options say where a device really is; a second transport's port is not another device."""

_ATTRIBUTES = ("hostname", "port", "platform", "username")
_OPTIONS = (*_ATTRIBUTES, "extras")


class Inheritance:
    """What groups and defaults give, worked out once for each list of groups rather than once for each host."""

    def __init__(self, inventory: Inventory) -> None:
        self.defaults = inventory.defaults
        self._hosts = inventory.hosts
        self._given: dict[tuple[str, ...], _Given] = {}

    def device(self, host: Host) -> Device:
        """Return this host as a device."""
        given = self._from(host)
        hostname, port = self._reach(host, given)
        address = hostname or host.name
        platform = _first(_own(host, "platform"), given.attributes["platform"])
        options = self.options(host)
        reach.limits(host.name, options)  # looked at here, so that what is wrong is said when the site is read
        credentials.require_right(host.name, options)
        return Device(
            name=host.name,
            key=lock_key(address, port, platform, via=self._via(host, options)),
            address=address,
            port=port,
            platform=platform,
            groups=given.names,
            data={**given.data, **host.data} if host.data else given.data,
        )

    def username(self, host: Host) -> str | None:
        """Return the user a driver would log in as."""
        given = self._from(host)
        options = self._options(host, given)
        own = _own(host, "username")
        inherited: str | None = own if own is not None else given.attributes["username"]
        name = (options["extras"] or {}).get("username") or options["username"]
        return name if name is not None else inherited

    def options(self, host: Host) -> reach.Said:
        """Return NetPulse's own options of a host, as `inventory/reach.py` reads them."""
        given = self._from(host)
        data = {**given.data, **host.data} if host.data else given.data
        return reach.said(self._options(host, given)["extras"], data)

    def _via(self, host: Host, options: reach.Said) -> list[str]:
        if reach.JUMP not in options:
            return []
        return [self._key_of(jump) for jump in reach.path(host.name, options, self._hosts, self.options)]

    def _key_of(self, jump: reach.Jump) -> str:
        if jump.host is None:
            return lock_key(jump.name, jump.given.get("port"), None)
        given = self._from(jump.host)
        hostname, port = self._reach(jump.host, given)
        platform = _first(_own(jump.host, "platform"), given.attributes["platform"])
        return lock_key(hostname or jump.name, port, platform)

    def _reach(self, host: Host, given: "_Given") -> tuple[str | None, int | None]:
        options = self._options(host, given)
        extras = options["extras"] or {}
        # netmiko takes extras over everything, and `ip` over `host`
        hostname = extras.get("ip") or extras.get("host") or options["hostname"] or _own(host, "hostname")
        port = _first(extras.get("port"), options["port"], _own(host, "port"), given.attributes["port"])
        return hostname or given.attributes["hostname"], _port(port, host.name)

    def _options(self, host: Host, given: "_Given") -> Mapping[str, Any]:
        own = host.connection_options.get(CONNECTION)
        if own is None:
            return given.options
        return {key: _first(_own(own, key), given.options[key]) for key in _OPTIONS}

    def _from(self, host: Host) -> "_Given":
        names = tuple(group.name for group in host.groups)
        given = self._given.get(names)
        if given is None:
            given = self._given[names] = _Given(host, self.defaults)
        return given


class _Given:
    """All that hosts with the same groups inherit."""

    __slots__ = ("attributes", "data", "names", "options")

    def __init__(self, host: Host, defaults: Defaults) -> None:
        groups = host.extended_groups()
        self.names = tuple(group.name for group in groups)
        self.attributes = {
            key: _first(*(_own(group, key) for group in groups), _own(defaults, key)) for key in _ATTRIBUTES
        }
        self.data: dict[str, Any] = {}
        for source in (defaults.data, *(group.data for group in reversed(groups))):
            self.data.update(source)
        self.options = _merged([_option_chain(group, defaults) for group in host.groups], defaults)


def lock_key(address: str, port: int | None, platform: str | None, *, via: Sequence[str] = ()) -> str:
    """Return the address a device really has, written one way only; the port every box has is left out.

    `via` are the keys of its jump hosts: behind two of them, one private address is two devices.
    """
    if via:
        return f"{lock_key(address, port, platform)} via {', '.join(via)}"
    text = address.strip().rstrip(".").lower()
    if ":" in text:
        text = _compressed(text)
    usual = 23 if platform is not None and platform.endswith("_telnet") else 22
    if port is None or port == usual:
        return text
    return f"[{text}]:{port}" if ":" in text else f"{text}:{port}"


def key_of(parameters: ConnectionParameters, jumps: Sequence[ConnectionParameters]) -> str:
    """Return the key of what these parameters reach through these hosts."""
    via = [lock_key(jump.address, jump.port, jump.platform) for jump in jumps]
    return lock_key(parameters.address, parameters.port, parameters.platform, via=via)


def _compressed(text: str) -> str:
    try:
        return ipaddress.ip_address(text.strip("[]")).compressed
    except ValueError:
        return text


def _option_chain(group: Group, defaults: Defaults) -> dict[str, Any]:
    """Merge as Nornir does: a group's parents, then the defaults, before the host's next group is looked at."""
    inherited = _merged([_option_chain(parent, defaults) for parent in group.groups], defaults)
    own = group.connection_options.get(CONNECTION)
    if own is None:
        return inherited
    return {key: _first(_own(own, key), inherited[key]) for key in _OPTIONS}


def _merged(sources: list[dict[str, Any]], defaults: Defaults) -> dict[str, Any]:
    last: ConnectionOptions | None = defaults.connection_options.get(CONNECTION)
    return {key: _first(*(source[key] for source in sources), _own(last, key) if last else None) for key in _OPTIONS}


def _own(element: Any, key: str) -> Any:
    """Read an attribute that Host would look up among its groups."""
    return object.__getattribute__(element, key)


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _port(value: Any, name: str) -> int | None:
    if value is None:
        return None
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise SiteError(f"the port of {name} is not a number: {value!r}", key=f"{name}.port") from error
