"""A deadline of our own for a call: netmiko bounds its reads one by one, and repeats them on a dead line.

A `send_command` with `read_timeout=4` was seen to return after 47 s on a session nobody answered any more.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any

BOUNDED = ("send_command", "send_command_expect", "send_command_timing", "find_prompt", "enable", "exit_enable_mode")

_FACTOR, _AT_LEAST = 2.0, 3.0
"""A call may take its `read_timeout` twice: once for the prompt and the echo, once for the answer."""

_OTHERWISE = 5.0
"""Seconds for a call that takes no `read_timeout`, which may again take twice that."""


def bound(connection: Any) -> None:
    """Let these calls of an open connection raise ReadTimeout once their time, and as much again, has passed."""
    for name in BOUNDED:
        setattr(connection, name, _bounded(connection, getattr(connection, name)))


def _bounded(connection: Any, method: Callable[..., Any]) -> Callable[..., Any]:
    default = inspect.signature(method).parameters.get("read_timeout")
    usual = default.default if default is not None and isinstance(default.default, int | float) else _OTHERWISE

    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        seconds = connection.read_timeout_override or kwargs.get("read_timeout", usual)
        endless = seconds == 0 or kwargs.keys() & {"delay_factor", "max_loops"}  # netmiko's own ways to wait longer
        with connection.channel.within(None if endless else seconds + max(seconds, _AT_LEAST)):
            return method(*args, **kwargs)

    return call
