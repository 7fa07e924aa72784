"""Asking one command and knowing when its answer is complete, without asking for the prompt first."""

import re
import time
from typing import Any

from netpulse_core.builtins.netmiko.platforms import Family, family

_KNOWN_SHAPES = (Family.CISCO, Family.JUNOS)
_LONG = 200

SETTLE = 0.005
"""Seconds of silence after a prompt that make it the end: a line of output may look like one and end a packet."""


def ask(connection: Any, command: str, read_timeout: float) -> str:
    """Return what the device answers, the echo and the prompt removed.

    netmiko's own `send_command` asks for the prompt before each command and takes the first line that holds it for
    the end. Here the end is the prompt at the end of what came, after the echo: a line of output that looks like the
    prompt ends nothing, and what an earlier command left behind is not taken for the answer.
    """
    end = prompt_at_the_end(connection)
    if end is None or len(command) > _LONG:
        return str(connection.send_command(command, read_timeout=read_timeout))
    until = time.monotonic() + read_timeout
    connection.read_channel()  # what was left there is not the answer
    answer = _answer(connection, command, end, read_timeout)
    while not _is_complete(answer, command, end):
        answer += connection.read_until_pattern(end, read_timeout=max(0.05, until - time.monotonic()))
    return _body(connection, _with_what_is_late(connection, answer, end, until), command)


def exchange(connection: Any, command: str, end: str, read_timeout: float) -> str:
    """Send one command on a session of ours and return all that came until the end.

    netmiko's `send_command` sleeps 25 ms before its first look; the watched channel waits for the answer itself.
    """
    until = time.monotonic() + read_timeout
    connection.write_channel(connection.normalize_cmd(command))
    answer = str(connection.read_until_pattern(end, read_timeout=read_timeout))
    while connection.channel.more_comes(SETTLE):  # what looked like the end was a line of the output
        answer = _with_what_is_late(connection, answer, end, until)
    return answer


def _answer(connection: Any, command: str, end: str, read_timeout: float) -> str:
    ours = getattr(connection, "netpulse_exchange", None)
    if ours is not None:
        return str(ours(command, end, read_timeout))
    # a session that nornir_netmiko opened, in a script without a service
    plain = connection.send_command(
        command,
        expect_string=end,
        read_timeout=read_timeout,
        cmd_verify=False,
        strip_prompt=False,
        strip_command=False,
    )
    return str(plain)


def prompt_at_the_end(connection: Any) -> str | None:
    """Return a pattern of the prompt where nothing follows it, or None where its shape is not known."""
    base: str = connection.base_prompt
    if len(base) < 2 or connection.global_cmd_verify is False or family(connection.device_type) not in _KNOWN_SHAPES:
        return None
    # netmiko keeps 16 characters of a long name, and the mode may stand in parentheses
    return rf"(?:^|\n){re.escape(base)}[\w.()/:@~-]{{0,80}}[#>] ?\Z"


def _is_complete(answer: str, command: str, end: str) -> bool:
    found = re.search(end, answer)
    return command in answer and found is not None and answer.index(command) < found.start() + 1


def _with_what_is_late(connection: Any, answer: str, end: str, until: float) -> str:
    """Go on where more is there already: what looked like the end was a line of the output."""
    while late := connection.read_channel():
        answer += late
        if not re.search(end, answer):
            answer += connection.read_until_pattern(end, read_timeout=max(0.05, until - time.monotonic()))
    return answer


def _body(connection: Any, answer: str, command: str) -> str:
    body = answer[answer.index(command) + len(command) :].partition("\n")[2]
    return str(connection.strip_prompt(body))
