"""Where a webhook may go: a name is resolved once, and each of its addresses must be one of the public network."""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, NamedTuple

from netpulse_core import errors

_NAT64 = ip_network("64:ff9b::/96")


class Place(NamedTuple):
    """One address to connect to, as socket.socket takes it."""

    family: int
    address: Any


def resolved(host: str, port: int, allowed: Sequence[IPv4Network | IPv6Network]) -> list[Place]:
    """Return the addresses of a host; raise DeliveryFailed where there are none, or one that may not be sent to.

    Where one of several may not be, none is tried: a name that mixes them was made to reach what it must not.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise errors.DeliveryFailed(f"its name does not resolve: {error.strerror or error}") from error
    for _, _, _, _, where in found:
        address = _meant(ip_address(str(where[0]).partition("%")[0]))
        if not _is_public(address) and not any(address in network for network in allowed):
            raise errors.DeliveryFailed(
                f"it resolves to {address}, which is not public",
                hint="allow_networks of [plugins.webhooks] names the networks that may be sent to all the same",
            )
    return [Place(family, where) for family, _, _, _, where in found]


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 else address


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    tunnelled = isinstance(address, IPv6Address) and (address.sixtofour or address.teredo or address.is_site_local)
    return address.is_global and not (address.is_multicast or address.is_reserved or tunnelled)
