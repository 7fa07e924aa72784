"""What the tests of NETCONF ask a server for: interfaces, of RFC 7223's model."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from netpulse_core import ConnectionParameters, HostKeys
from tests.servers.netconfd import PASSWORD, USERNAME, NetconfServer

BASE = "urn:ietf:params:xml:ns:netconf:base:1.0"
INTERFACES = "urn:ietf:params:xml:ns:yang:ietf-interfaces"
TYPES = "urn:ietf:params:xml:ns:yang:iana-if-type"
ALL = f'<interfaces xmlns="{INTERFACES}"/>'


def interface(name: str, description: str = "", more: str = "", operation: str = "") -> str:
    """An edit of one interface."""
    attribute = f' xmlns:nc="{BASE}" nc:operation="{operation}"' if operation else ""
    body = f"<name>{name}</name>"
    if operation not in ("delete", "remove"):
        body += f'<type xmlns:t="{TYPES}">t:ethernetCsmacd</type>{more}'
        body += f"<description>{description}</description>" if description else ""
    return f'<interfaces xmlns="{INTERFACES}"><interface{attribute}>{body}</interface></interfaces>'


def reached(server: NetconfServer, host_keys: HostKeys, username: str = USERNAME) -> ConnectionParameters:
    """How to reach the server."""
    return ConnectionParameters(
        device="core1",
        address="127.0.0.1",
        port=server.port,
        username=username,
        password=PASSWORD,
        platform=None,
        host_keys=host_keys,
    )


@contextmanager
def frozen(server: NetconfServer) -> Iterator[None]:
    """A server that takes requests, and answers none."""
    server.freeze()
    try:
        yield
    finally:
        server.thaw()


def until(true: Callable[[], bool], pause: float = 0.05) -> None:
    """Wait for it, for 30 s at most."""
    limit = time.monotonic() + 30
    while not true():
        assert time.monotonic() < limit, "it never came true"
        time.sleep(pause)
