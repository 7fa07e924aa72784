"""Which lines a call of one of netmiko's methods sends, known before it is made."""

import functools
import inspect
from collections.abc import Mapping
from typing import Any

from netpulse_core import errors

UNFINISHED = "…"
"""Ends what is not sent as one whole line: no line that holds it is a read, because the next one would continue it."""

_MODES = {"enable": ("cmd", "enable"), "exit_enable_mode": ("exit_command", "disable")}
_SEVERAL = ("send_multiline", "send_multiline_timing")


def lines(method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a call sends; raise InvalidParameters where that cannot be known, or the call could not be made."""
    _refuse_what_does_not_fit(method, args, kwargs)
    if method in _MODES:
        return (_of_a_mode(method, args, kwargs),)
    if method in _SEVERAL:
        sent = _of_many(method, args[0] if args else kwargs.get("commands"))
    else:
        sent = [args[0] if args else kwargs.get("command_string")]
    if not all(type(line) is str for line in sent):  # a subclass may say one thing now and send another
        raise errors.InvalidParameters(method, ["command: must be text"])
    if kwargs.get("normalize", True):
        return tuple(line.rstrip() for line in sent)  # as netmiko does, before it ends the line
    return tuple(line if "\n" in line else f"{line}{UNFINISHED}" for line in sent)


def _of_a_mode(method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    """Return the line that changes the mode; with a pattern of one's own, the secret would answer any question."""
    keyword, usual = _MODES[method]
    line = args[0] if args else kwargs.get(keyword, usual)
    if type(line) is not str:
        raise errors.InvalidParameters(method, [f"{keyword}: must be text"])
    return f"{line.rstrip()}{UNFINISHED}" if args[1:] or kwargs.keys() - {keyword} else line.rstrip()


def _of_many(method: str, commands: Any) -> list[Any]:
    if type(commands) not in (list, tuple):  # an iterator would be used up by looking at it
        raise errors.InvalidParameters(method, ["commands: must be a list"])
    if not all(type(one) is str or (type(one) in (list, tuple) and one) for one in commands):
        raise errors.InvalidParameters(method, ["commands: must be texts, or pairs of a text and what it expects"])
    return [one if isinstance(one, str) else one[0] for one in commands]


def _refuse_what_does_not_fit(method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Refuse a call netmiko would not take, while nothing is sent: nobody need doubt what became of it."""
    signature = _signature(method)
    try:
        if signature is not None:
            signature.bind(None, *args, **kwargs)
    except TypeError as error:
        raise errors.InvalidParameters(method, [str(error)]) from error


@functools.cache
def _signature(method: str) -> inspect.Signature | None:
    from netmiko.base_connection import BaseConnection  # noqa: PLC0415 - loaded when a session is opened

    found = getattr(BaseConnection, method, None)
    return None if found is None else inspect.signature(found)
