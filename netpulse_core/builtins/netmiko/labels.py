"""Labels of commits: what Junos and IOS-XR keep beside a commit, and show in their lists of commits."""

from collections.abc import Mapping
from typing import Any

from netpulse_core import CommandLine

_LISTS: Mapping[str, str] = {
    "cisco_xr": "show configuration commit list detail",
    "juniper": "show system commit",
    "juniper_junos": "show system commit",
}
"""The commands that list the last commits with their comments, by platform."""


def labelled(
    platform: str, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], label: str
) -> Mapping[str, Any]:
    """Return the arguments of a commit with the label as its comment, unless the task's own exclude one."""
    own = args or any(kwargs.get(name) for name in ("check", "comment", "confirm", "label"))
    if method != "commit" or platform not in _LISTS or own:
        return kwargs
    return {**kwargs, "comment": label}


def committed(line: CommandLine, platform: str, label: str, *, timeout: float) -> bool:
    """Whether a commit with this label is among those the device lists."""
    command = _LISTS.get(platform)
    if command is None:
        return False
    answer = line.send_command(command, read_timeout=timeout)
    words = [" ".join(row.replace('"', " ").split()) for row in answer.splitlines()]
    return line.refusal(answer) is None and any(row in (label, f"Comment: {label}") for row in words)
