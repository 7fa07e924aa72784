"""What the inventory's data says of a device's sessions, inherited from groups and defaults like any data."""

import math

from nornir.core.inventory import Host

from netpulse_core.errors import SiteError
from netpulse_core.model.connection import SessionLimits

CONNECT_TIMEOUT = "netpulse_connect_timeout"
IDLE_TIMEOUT = "netpulse_idle_timeout"
MOST = "netpulse_max_sessions"


def limits_of(host: Host) -> SessionLimits:
    """Return the limits of a device's sessions; raise SiteError where one is no number that makes sense."""
    return SessionLimits(
        connect_timeout=_seconds(host, CONNECT_TIMEOUT), idle_timeout=_seconds(host, IDLE_TIMEOUT), most=_most(host)
    )


def _seconds(host: Host, key: str) -> float | None:
    value = host.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value <= 0:
        raise SiteError(f"not a number of seconds above 0: {value!r}", key=f"{host.name}.data.{key}")
    return float(value)


def _most(host: Host) -> int | None:
    value = host.get(MOST)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise SiteError(f"not a count of at least 1: {value!r}", key=f"{host.name}.data.{MOST}")
    return value
