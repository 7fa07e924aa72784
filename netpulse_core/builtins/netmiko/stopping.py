"""Where a push stopped: netmiko says which line was refused, and not whether others before it stand."""

import functools
from typing import Any

from netpulse_core.builtins.netmiko.platforms import Family, discard_line, family

REFUSED = "at command: "
"""Comes before the line in netmiko's `Invalid input detected at command: LINE, matched error: ANSWER`."""


def watch(connection: Any) -> None:
    """Let an error of `send_config_set` say, as `nothing_stands`, that no line of it took effect or can come to."""
    method = connection.send_config_set
    commits = discard_line(connection.device_type) is not None
    shared = family(connection.device_type) is Family.JUNOS  # anybody's next commit takes what lies in the candidate

    @functools.wraps(method)
    def send_config_set(config_commands: Any = None, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(config_commands, str | None) and hasattr(config_commands, "__iter__"):
            config_commands = list(config_commands)  # an iterator would be used up when it is looked at below
        try:
            return method(config_commands, *args, **kwargs)
        except Exception as error:
            lines = [config_commands] if isinstance(config_commands, str) else config_commands or []
            nothing_stands = (commits and not shared) or _first_was_refused(str(error), lines)
            error.nothing_stands = nothing_stands  # type: ignore[attr-defined]
            error.in_a_shared_candidate = shared  # type: ignore[attr-defined]
            raise

    connection.send_config_set = send_config_set


def refused_line(said: str) -> tuple[str, str]:
    """Return the line and what the device answered to it; both are empty where netmiko says it otherwise."""
    line, _, answer = said.partition(REFUSED)[2].partition(", matched error: ")
    return line, answer


def _first_was_refused(said: str, lines: list[Any]) -> bool:
    line, _ = refused_line(said)
    return bool(line) and "\n" not in line.strip() and [one for one in lines if one == line] == lines[:1]
