"""What drivers with a command line do for a change in doubt: end a session, and read the running configuration."""

import re
import time
from typing import NamedTuple

from netpulse_core import CommandLine, DeviceSession, Turn

_NAME = re.compile(r"tcp \[?(?P<address>[^\]\s]+?)\]?:(?P<port>\d+) as ")
_ROW = re.compile(
    r"\s*[0-9A-Fa-fx]+\s+(?P<here>\S+?)[.:](?P<port>\d+)\s+(?P<there>\S+?)[.:](?P<source>\d+)\s+\(?(?P<state>[A-Z0-9-]+)"
)
_OVER = frozenset({"CLOSED", "CLOSING", "FINWAIT1", "FINWAIT2", "LASTACK", "TIMEWAIT"})
"""States of a connection that the device itself has closed; in CLOSEWAIT lines may still be waiting to be read."""

_CLEARS = ("cisco_ios", "cisco_xe")
_SHOWS = ("cisco_ios", "cisco_xe", "cisco_nxos", "arista_eos", "frr")

LOOKS = 0.5
"""Seconds between two looks at whether a session is gone."""


class End(NamedTuple):
    """One end of a TCP connection."""

    address: str
    port: int


def end_session(line: CommandLine, platform: str, recorded: DeviceSession, own: str | None, *, timeout: float) -> bool:
    """End the TCP connection of a session on a device that lists and clears connections as IOS does.

    A connection is named by both its ends in the very line that clears it, so that no other can be hit, whatever came
    and went in between. `own` is the name of the session that asks: where the device does not list it under that name,
    the two are not alone on the way, and a session that is not listed may be there under another address.
    """
    wanted, mine = end_of(recorded.name), end_of(own)
    if wanted is None or mine is None or platform not in _CLEARS:
        return False
    if wanted == mine:
        return True  # the port is ours now, so nobody else has it
    until = time.monotonic() + timeout
    open_now = _connections(line, timeout)
    if mine not in open_now:
        return False
    if wanted not in open_now:
        return wanted.address == mine.address
    here = open_now[wanted]
    clear = f"clear tcp local {here.address} {here.port} remote {wanted.address} {wanted.port}"
    line.send_dialog([Turn(clear, r"\[confirm\]"), Turn("", "")], read_timeout=timeout)
    while wanted in _connections(line, timeout):
        if time.monotonic() > until:
            return False
        time.sleep(LOOKS)
    return True


def shows(platform: str) -> bool:
    """Whether `show running-config` shows all that is configured on this platform."""
    return platform in _SHOWS


def configuration(line: CommandLine, platform: str, *, timeout: float) -> str | None:
    """Return the running configuration of a device that shows all of it to `show running-config`."""
    if not shows(platform):
        return None
    answer = line.send_command("show running-config", read_timeout=timeout)
    return None if line.refusal(answer) is not None or not answer.strip() else answer


def end_of(name: str | None) -> End | None:
    """Return our end of the connection of a session named like `tcp 192.0.2.9:53122 as netops`, or None."""
    found = _NAME.match(name or "")
    return None if found is None else End(found["address"], int(found["port"]))


def _connections(line: CommandLine, timeout: float) -> dict[End, End]:
    """Return the connections of a device: by their other end, its own."""
    rows = map(_ROW.match, line.send_command("show tcp brief", read_timeout=timeout).splitlines())
    return {
        End(row["there"], int(row["source"])): End(row["here"], int(row["port"]))
        for row in rows
        if row is not None and row["state"] not in _OVER
    }
