"""Ending another NETCONF session: the server lists it with its user and login (RFC 6022), and kills it by its number.

A number alone is not enough: a server that was started anew counts from the beginning, and the session that has the
number now may be anybody's.
"""

import re
import time
from datetime import datetime
from typing import NamedTuple

from netpulse_core import DeviceSession, errors
from netpulse_core.builtins.netconf.link import Link

MONITORING = "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring"
SLACK = 5.0
"""Seconds by which two ages of one session may differ: a server tells its login in whole seconds."""

LOOKS = 0.5
"""Seconds between two looks at whether a session is gone."""

_NAME = re.compile(r"netconf session (?P<number>\d+) as (?P<user>.+)")
_SESSIONS = f'<netconf-state xmlns="{MONITORING}"><sessions/></netconf-state>'


class Login(NamedTuple):
    """Who is logged in, and since when: seconds since 1970 by the server's clock."""

    user: str
    at: float


def name_of(link: Link) -> str:
    """Return the name under which a session is recorded."""
    return f"netconf session {link.session_id} as {link.username}"


def end_session(link: Link, recorded: DeviceSession, *, timeout: float) -> bool:
    """Kill a session; False where the server does not tell whose it is, or it may be another's by now.

    Logins are compared by the server's own clock, to that of the session that asks, whatever the time is there.
    """
    wanted = _NAME.fullmatch(recorded.name or "")
    if wanted is None or not any(one.partition("?")[0] == MONITORING for one in link.capabilities):
        return False
    number, until = wanted["number"], time.monotonic() + timeout
    while True:
        listed = _sessions(link, timeout)
        own = listed.get(link.session_id)
        if own is None or number == link.session_id:
            return False
        if number not in listed:
            return True
        since = own.at + link.age - recorded.age
        if listed[number].user != wanted["user"] or abs(listed[number].at - since) > SLACK:
            return False
        if time.monotonic() > until:
            return False
        try:
            link.do("kill_session", number, within=timeout)
        except errors.CommandRejected:  # it ended meanwhile, or it may not be killed: the next look says which
            time.sleep(LOOKS)


def _sessions(link: Link, timeout: float) -> dict[str, Login]:
    """Return the server's sessions by their number; of one whose login it does not tell, nothing is known."""
    root = link.data("get", ("subtree", _SESSIONS), within=timeout)
    found: dict[str, Login] = {}
    for session in root.iter(f"{{{MONITORING}}}session"):
        said = {name: session.findtext(f"{{{MONITORING}}}{name}") or "" for name in _TOLD}
        found[said["session-id"].strip()] = Login(said["username"].strip(), _instant(said["login-time"].strip()))
    return found


_TOLD = ("session-id", "username", "login-time")


def _instant(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return float("-inf")
