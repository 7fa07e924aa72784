"""Which lines of a task's a call of one of netmiko's methods sends, for callers who may not send every line."""

import functools
import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from netpulse_core.builtins.netmiko import keys
from netpulse_core.builtins.netmiko.calls import UNFINISHED
from netpulse_core.builtins.netmiko.calls import lines as of_command
from netpulse_core.builtins.netmiko.platforms import CONFIGURE_EXCLUSIVE, Family, discard_line, family, netmiko_type
from netpulse_core.builtins.told import split

_OWN = frozenset({"config_mode", "disconnect", "enable", "exit_config_mode", "exit_enable_mode"})
"""What sends the platform's own lines, unless it is told others."""
_BLOCKS = frozenset({"send_config_from_file", "send_config_set"})


def refuse_keys(platform: str | None, method: str, told: Sequence[str]) -> None:
    """Raise LineRefused where a line of a call would not be taken as it is written, and judged."""
    keys.refuse_call(platform, keys.typed(netmiko_type(platform), told) if method in _BLOCKS else told)


def lines(platform: str | None, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Sequence[str] | None:
    """Return the lines of a call that is neither a read nor told by `calls`, None where they cannot be told."""
    if method in _OWN and not args and not kwargs:
        return ()
    match method:
        case "commit":
            return () if all(_plain(value) for value in (*args, *kwargs.values())) else None
        case "save_config":
            return _save(platform, args, kwargs)
        case "send_config_set":
            return _configuration(platform, args[0] if args else kwargs.get("config_commands"), args[1:], kwargs)
        case "send_config_from_file":
            return _configuration(platform, _read(args[0] if args else kwargs.get("config_file")), args[1:], kwargs)
        case "write_channel":
            return _typed(args[0] if args else kwargs.get("out_data"))
    return None


def of_commands(
    platform: str | None, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Sequence[str] | None:
    """Return what `calls` tells; of a line that the next call would go on with nobody knows what it will say."""
    if method in _OWN and not args and not kwargs:
        return ()
    told = of_command(method, args, kwargs)
    if told == (CONFIGURE_EXCLUSIVE,) and family(platform) is Family.JUNOS:
        return ()  # the platform's own way into configuration mode; each line sent there is judged
    return None if any(UNFINISHED in line for line in told) else told


def _configuration(
    platform: str | None, given: Any, others: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Sequence[str] | None:
    if others or type(given) not in (str, list, tuple):  # an iterator would be used up by looking at it
        return None
    if not all(type(line) is str for line in given):
        return None
    mode = kwargs.get("config_mode_command")
    if mode is not None and type(mode) is not str:
        return None
    texts = [given] if type(given) is str else list(given)
    if texts == [discard_line(platform)] and mode is None:
        return ()  # what throws a refused candidate away must never be refused
    return [line for text in [*texts, mode or ""] for line in split(text)]


def _read(path: Any) -> list[str] | None:
    try:
        return split(Path(path).read_text(encoding="utf-8"))
    except (OSError, TypeError, ValueError):  # netmiko will say so
        return None


def _save(platform: str | None, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Sequence[str] | None:
    given = {**dict(zip(("cmd", "confirm", "confirm_response"), args, strict=False)), **kwargs}
    said = [given.get("cmd") or _saves(netmiko_type(platform)), given.get("confirm_response", "")]
    if not said[0] or not all(type(line) is str for line in said):
        return None
    return said


@functools.cache
def _saves(kind: str) -> str:
    """Return the line by which netmiko saves on a platform, empty where its class does not tell."""
    from netmiko.ssh_dispatcher import CLASS_MAPPER  # noqa: PLC0415 - loaded when a session is opened

    save = getattr(CLASS_MAPPER.get(kind), "save_config", None)
    usual = None if save is None else inspect.signature(save).parameters.get("cmd")
    return usual.default if usual is not None and isinstance(usual.default, str) else ""


def _typed(text: Any) -> Sequence[str] | None:
    """Return what is typed, where it is whole lines; half of one would become a line that nobody has judged."""
    if type(text) is not str or text[-1:] not in ("\n", "\r"):
        return None
    return split(text)


def _plain(value: Any) -> bool:
    return value is None or type(value) in (bool, int, float) or (type(value) is str and value.isprintable())
