"""Where the ledger is: its URL, what of it people may see, and what to do where nobody there takes it."""

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from netpulse_core.errors import SiteError

IS_STANDBY = "the server is a standby, which takes no writes"

_NO_WRITES = IS_STANDBY, "session is read-only", "server is in hot standby mode"
"""What is said of a server that is up and takes no writes: by us, and by libpq for `target_session_attrs`."""

_DEFAULT_PORT = "5432"


def understood(url: str) -> URL:
    """Return the URL of a ledger; raise SiteError where it is none."""
    parsed: URL | None
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is not None and parsed.drivername in {"postgres", "postgresql"}:
        parsed = parsed.set(drivername="postgresql+psycopg")  # the driver we bring along
    if parsed is None or parsed.drivername not in {"sqlite", "postgresql+psycopg"}:
        raise SiteError(
            "not the URL of a ledger",  # which is not repeated here: it may hold a password
            key="ledger",
            hint="write postgresql://USER:PASSWORD@HOST/NAME, or sqlite:///PATH",
        )
    try:
        servers(parsed)
    except ArgumentError:
        hint = "write as many ports as hosts, in their order: host=A,B&port=5432,5432"
        raise SiteError("hosts and ports that do not belong together", key="ledger", hint=hint) from None
    if parsed.drivername == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise SiteError("a ledger in memory would forget", key="ledger", hint="write sqlite:///PATH")
    return parsed


def shown(url: URL) -> str:
    """Return the URL as people may see it: libpq takes a password as a query too, so of that only servers are left."""
    bare = url.set(query={})
    if not (several := servers(url)) or "host" not in url.query:
        return bare.render_as_string(hide_password=True)
    account = URL.create(url.drivername, url.username, url.password).render_as_string(hide_password=True)
    return f"{account}{','.join(several)}/{url.database or ''}"


def servers(url: URL) -> tuple[str, ...]:
    """Return HOST:PORT of every server of a URL; none where it leaves them to the environment."""
    if url.get_backend_name() == "sqlite":
        return ()
    said: Mapping[str, Any] = url.get_dialect()().create_connect_args(url)[1]
    hosts = str(said.get("host") or said.get("hostaddr") or "").split(",")
    ports = str(said.get("port") or "").split(",")
    if hosts == [""]:
        return ()
    pairs = zip_longest(hosts, ports, fillvalue="")
    return tuple(f"{f'[{host}]' if ':' in host else host}:{port or _DEFAULT_PORT}" for host, port in pairs)


def advice(url: URL, reason: str) -> str:
    """Return what to do about a ledger that is away, by all that its server and libpq said of it."""
    several = servers(url)
    if not any(words in reason for words in _NO_WRITES):
        one_of = "one of the servers of " if len(several) > 1 else ""
        return f"check that {one_of}{shown(url)} is up and reachable"
    if len(several) < 2:
        return (
            f"{shown(url)} is up, and is a standby: promote it, or name the primary too, as "
            "`host=A,B&port=5432,5432&target_session_attrs=read-write`"
        )
    named = ", ".join(several)
    if "target_session_attrs" in url.query:
        return f"none of {named} takes writes, and one that is up is a standby: promote it, or start the primary"
    return (
        f"of {named} one that is a standby was reached first: add `target_session_attrs=read-write` to the URL; "
        "where none takes writes, promote one"
    )
