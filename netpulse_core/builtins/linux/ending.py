"""Ending another SSH session of a server: its sshd, and all that was started in it and may still be at work."""

import ipaddress
import re
import time
from typing import Any

from netpulse_core import DeviceSession
from netpulse_core.builtins.doubts import End, end_of

LOOKS = 0.2
"""Seconds between two looks at whether it is gone."""

SKEW = 60.0
"""Seconds by which the age of a session may differ from what was recorded: clocks, and the time a login takes."""

_READ = frozenset({"01", "08"})
"""ESTABLISHED and CLOSE_WAIT of /proc/net/tcp: in any other state nobody here reads what was received."""

# Each process of the session by what sshd told it, or by the socket it holds, and the sshd above it.
_FIND = r"""
of() { tr '\0' '\n' <"$1/environ" | grep -q "^SSH_CONNECTION=$address $port "; }
holds() { [ -n "$inode" ] && ls -l "$1/fd" | grep -q "socket:\[$inode\]"; }
for one in /proc/[0-9]*; do
  of "$one" || holds "$one" || continue
  pid=${one#/proc/}
  while [ "$pid" -gt 1 ]; do
    echo "$pid $(cut -d' ' -f1 /proc/uptime) $(getconf CLK_TCK) $(sed 's/.*) //' "/proc/$pid/stat" | cut -d' ' -f20)"
    pid=$(sed 's/.*) //' "/proc/$pid/stat" | cut -d' ' -f2)
    case $(cat "/proc/$pid/comm") in sshd|sshd-session) ;; *) break;; esac
    [ "$(stat -c %u "/proc/$pid")" = "$(id -u)" ] || break
  done
done 2>/dev/null
:
"""


def end_session(connection: Any, recorded: DeviceSession, own: str | None, *, timeout: float) -> bool:
    """End a session by its end of the TCP connection; True once the server has neither it nor a process of it.

    Where the server does not list the session that asks under its own name, addresses are translated on the way, and
    nothing is said of one that is not listed.
    """
    wanted, mine = end_of(recorded.name), end_of(own)
    if wanted is None or mine is None:
        return False
    if wanted == mine:
        return True  # the port is ours now, so nobody else has it
    until = time.monotonic() + timeout
    while True:
        sockets = _sockets(connection, timeout)
        if mine not in sockets:
            return False
        found = _processes(connection, wanted, sockets.get(wanted, ""), timeout)
        if found and max(found.values()) + SKEW < recorded.age:
            return True  # of a later session, which could have the port only once this one was over
        if not found and wanted not in sockets:
            return wanted.address == mine.address
        if time.monotonic() > until:
            return False
        if found:
            connection.run(f"kill -KILL {' '.join(found)} 2>/dev/null; :", timeout=timeout)
        time.sleep(LOOKS)


def _processes(connection: Any, wanted: End, inode: str, timeout: float) -> dict[str, float]:
    """Return the processes of a session, each with its age in seconds."""
    names = {"address": wanted.address, "port": str(wanted.port), "inode": inode}
    said = connection.run(_FIND, timeout=timeout, env=names).stdout
    rows = re.findall(r"^(\d+) ([\d.]+) (\d+) (\d+)$", said, re.MULTILINE)
    return {pid: float(up) - int(started) / int(ticks) for pid, up, ticks, started in rows}


def _sockets(connection: Any, timeout: float) -> dict[End, str]:
    """Return the connections of a server by their other end, each with its inode."""
    said = connection.run("cat /proc/net/tcp /proc/net/tcp6 2>/dev/null; :", timeout=timeout).stdout
    rows = (line.split() for line in said.splitlines())
    return dict(_socket(row) for row in rows if len(row) > 9 and ":" in row[2] and row[3] in _READ)


def _socket(row: list[str]) -> tuple[End, str]:
    address, port = row[2].split(":")
    words = [bytes.fromhex(address[at : at + 8])[::-1] for at in range(0, len(address), 8)]
    said = ipaddress.ip_address(b"".join(words))
    mapped = getattr(said, "ipv4_mapped", None)
    return End(str(mapped or said), int(port, 16)), row[9]
