"""Where Redis is: one server, or whichever server its sentinels call the master."""

import re
from typing import Any
from urllib.parse import unquote

from redis import Connection, ConnectionPool, SSLConnection
from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.exceptions import ConnectionError as LostConnection
from redis.exceptions import ReadOnlyError, RedisError
from redis.retry import Retry
from redis.sentinel import (
    MasterNotFoundError,
    Sentinel,
    SentinelConnectionPool,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)

from netpulse_core.errors import SiteError

SENTINEL_PORT = 26379
FORM = (
    "write redis://:PASSWORD@HOST:6379/0 or redis+sentinel://:PASSWORD@HOST:26379,HOST:26379/MASTER/0; over TLS rediss"
)

_SENTINELS = re.compile(
    r"(?P<scheme>rediss?)\+sentinel://(?:(?P<who>[^/?#]*)@)?(?P<hosts>[^@/?#]+)"
    r"/(?P<master>[\w.-]+)(?:/(?P<db>\d+))?/?(?:\?(?P<query>[^#]*))?"
)
_HOST = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[^\s:\[\]]+))(?::(?P<port>\d{1,5}))?")

_ONCE = {"retry": Retry(NoBackoff(), 0)}
"""Retries off: a lost reply would ring twice."""


def connections(url: str) -> ConnectionPool:
    """Return the pool of a URL; raise SiteError for what is none, without repeating it: it may hold a password."""
    # Timeouts on: a frozen server must not hold up a submit.
    waits = {**_ONCE, "socket_connect_timeout": 2.0, "socket_timeout": 3.0}
    try:
        found = _SENTINELS.fullmatch(url)
        pool = _Led.of(found, waits) if found else _of_one(url, waits)
        pool.connection_class(**pool.connection_kwargs)  # what redis-py does not know would fail at the first ring
    except (ValueError, TypeError, RedisError):
        raise SiteError("not the URL of a broker", key="broker", hint=FORM) from None
    return pool


def _of_one(url: str, waits: dict[str, Any]) -> ConnectionPool:
    kept = {Connection: _Plain, SSLConnection: _OverTLS}
    named = parse_url(url).get("connection_class", Connection)  # type: ignore[no-untyped-call]
    return ConnectionPool.from_url(url, connection_class=kept.get(named, named), **waits)


class _Leaves:
    """A connection that ends once its server may not be written to: it was the master, and another is by now.

    Otherwise it would be kept, and every ring refused for as long as the process lives.
    """

    connection_pool: Any = None

    def read_response(self, *args: Any, **named: Any) -> Any:
        try:
            return super().read_response(*args, **named)  # type: ignore[misc]
        except RedisError as error:
            said_by_sentinels = isinstance(error.__context__, ReadOnlyError)  # their connection names it anew
            in_a_script = "READONLY" in str(error)  # Redis 6 says it in the middle of the script's error
            if not (isinstance(error, ReadOnlyError) or said_by_sentinels or in_a_script):
                raise
            self.disconnect()  # type: ignore[attr-defined]
            if self.connection_pool is not None:
                self.connection_pool.sentinel_manager.doubt()
            raise LostConnection("the server is no master any more") from error


class _Plain(_Leaves, Connection):
    pass


class _OverTLS(_Leaves, SSLConnection):
    pass


class _OfMaster(_Leaves, SentinelManagedConnection):
    pass


class _OfMasterOverTLS(_Leaves, SentinelManagedSSLConnection):
    pass


class _Led(SentinelConnectionPool):
    """Connections to the master: each new one asks the sentinels who that is."""

    @classmethod
    def of(cls, url: re.Match[str], waits: dict[str, Any]) -> "_Led":
        """Return the pool of a URL that names sentinels; raise ValueError for hosts that are none."""
        who = f"{url['who']}@" if url["who"] else ""
        plain = f"{url['scheme']}://{who}master/{url['db'] or 0}?{url['query'] or ''}"
        told = parse_url(plain)  # type: ignore[no-untyped-call]
        del told["host"]
        over_tls = told.pop("connection_class", Connection) is SSLConnection
        asked = {**_ONCE, "socket_connect_timeout": 1.0, "socket_timeout": 1.0, "ssl": over_tls}
        asked |= {name: told.pop(f"sentinel_{name}", None) for name in ("username", "password")}
        asked |= {name: value for name, value in told.items() if name.startswith("ssl_")}
        hosts = [_host(one) for one in url["hosts"].split(",")]
        sentinels = _Sentinels(hosts, sentinel_kwargs=asked)  # type: ignore[no-untyped-call]
        kind = _OfMasterOverTLS if over_tls else _OfMaster
        return cls(unquote(url["master"]), sentinels, connection_class=kind, **{**waits, **told})

    def close(self) -> None:
        super().close()
        self.sentinel_manager.close()


class _Sentinels(Sentinel):
    """The sentinels, the one that knew the master last first.

    redis-py's own swaps two of them in place, so that two threads at once may lose one for good; and one that refuses
    the question ends it, where the next would have answered.
    """

    def discover_master(self, service_name: str) -> tuple[str, int]:
        asked = list(self.sentinels)
        for sentinel in asked:
            try:
                masters: Any = sentinel.sentinel_masters()
            except (RedisError, OSError):
                continue
            state = masters.get(service_name)
            if state and self.check_master_state(state, service_name):  # type: ignore[no-untyped-call]
                self.sentinels = [sentinel, *(other for other in asked if other is not sentinel)]
                return state["ip"], state["port"]
        raise MasterNotFoundError(f"none of {len(asked)} sentinels knows a living master named {service_name}")

    def doubt(self) -> None:
        """Ask another first: the one that knew the master named a server that is none."""
        first, *others = self.sentinels
        self.sentinels = [*others, first]


def hosts_of(url: str) -> list[str]:
    """Return the hosts that a URL of a server names, of several sentinels all."""
    place = re.match(r"[\w+.-]+://(?:[^/?#]*@)?(?P<hosts>[^/?#]*)", url)
    found = [_HOST.fullmatch(one) for one in place["hosts"].split(",")] if place else []
    return [one["six"] or one["name"] for one in found if one]


def _host(text: str) -> tuple[str, int]:
    found = _HOST.fullmatch(text)
    port = int(found["port"] or SENTINEL_PORT) if found else 0
    if found is None or not 0 < port < 65536:
        raise ValueError("not a host")
    return found["six"] or found["name"], port
